"""`python3 -m api`: the API against its own description, walked by schemathesis."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from common.report import Report
from common.skep import ApiError, Skep
from common.torrents import bare_torrent

SCOPES = "read,download,account,post,tracker,moderate,admin"
#: what every answer must keep to; wrong input must be refused, with a status that is described
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
)
EXAMPLES = os.environ.get("E2E_EXAMPLES", "12")
SEED = os.environ.get("E2E_SEED", "1")


def furnish(skep):
    """One of everything, under numbers that a description may use as examples."""
    root = skep.add_user("root", SCOPES, admin=True)
    skep.add_user("mira")
    forum = skep.add_forum(root.token, "Shelf", "allow")
    torrent, hash = bare_torrent("one", 40000, 1)
    skep.add_topic(root.token, forum, "One", torrent)
    for number in (1, 2):
        skep.api("POST", "/api/v1/tracker/users", root.token, {"user_id": number})
    skep.api("POST", "/api/v1/tracker/torrents", root.token, {"info_hash": "ab" * 20, "user_id": 1})
    skep.api("POST", "/api/v1/groups", root.token, {"name": "Crew", "description": ""})
    return root, hash.hex()


def walk(skep, root, hash, folder, report):
    """Every path, method and status of the description, with good and bad input."""
    description = json.loads(skep.request("GET", "/api/openapi.json")[2])
    # the walk must go on with the account it came with
    for path, method in (
        ("/api/v1/users/{id}/ban", "put"),
        ("/api/v1/users/{id}/admin", "delete"),
        ("/api/v1/users/{id}/admin", "put"),
    ):
        del description["paths"][path][method]
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                known = {"id": 1, "user_id": 1, "user": 1, "hash": hash, "info_hash": "ab" * 20}
                if parameter["in"] == "path":
                    parameter["example"] = known[parameter["name"]]
    file = folder / "openapi.json"
    file.write_text(json.dumps(description))
    command = [os.environ.get("SCHEMATHESIS") or "st", "run", str(file), "--url", skep.web, "--seed", SEED]
    command += ["--checks", CHECKS, "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing"]
    command += ["--header", f"Authorization: Bearer {root.token}", "--warnings", "off", "--no-shrink"]
    command += ["--report", "junit", "--report-junit-path", str(folder / "junit.xml"), "--continue-on-failure"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=900)
    count = sum(len(operations) for operations in description["paths"].values())
    report.check(f"{count} calls keep to what /api/openapi.json says", done.returncode == 0, lambda: done.stdout[-12000:])


def guard(skep, report):
    """Whatever needs a token says so to those who have none, in the shape of every error."""
    description = json.loads(skep.request("GET", "/api/openapi.json")[2])
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            security = operation.get("security")
            if not security or {} in security:
                continue
            address = path.replace("{", "").replace("}", "").replace("/id", "/1").replace("/user_id", "/1")
            status, _, body = skep.request(
                method.upper(), address, body=b"{}", headers={"Content-Type": "application/json", "Accept": "application/json"}
            )
            error = json.loads(body).get("error", {})
            report.check(
                f"{method.upper()} {path} asks for a token", status in (401, 404) and error.get("code"), f"{status} {body[:200]}"
            )


def main():
    report = Report("api")
    folder = Path(tempfile.mkdtemp(prefix="skep-api-"))
    skep = Skep(folder / "skep")
    try:
        skep.start()
        guard(skep, report)
        root, hash = furnish(skep)
        walk(skep, root, hash, folder, report)
        report.check("serve is still there", skep.running())
        skep.stop()
        report.ok("and stops in good order")
    except (AssertionError, ApiError, OSError, subprocess.TimeoutExpired):
        report.fail("the suite", traceback.format_exc())
    finally:
        if skep.running():
            skep.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
