// A client in node asks only whether these are there, and announces without offers.
class Absent {
  constructor() { throw new Error("WebRTC is left to browsers"); }
}
export { Absent as RTCIceCandidate, Absent as RTCPeerConnection, Absent as RTCSessionDescription };
export default { RTCPeerConnection: Absent };
