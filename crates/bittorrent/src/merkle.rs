//! BEP 52's hash trees: binary, SHA-256, with 16 KiB of a file under each leaf.

use sha2::{Digest, Sha256};

/// A node of a hash tree.
pub(crate) type Hash = [u8; 32];

/// Bytes under a leaf.
pub(crate) const BLOCK: usize = 16 << 10;

/// The leaves of a file.
pub(crate) fn blocks(contents: &[u8]) -> Vec<Hash> {
    contents
        .chunks(BLOCK)
        .map(|block| Sha256::digest(block).into())
        .collect()
}

/// The root over a layer of nodes, filled up with `pad` to a power of two; `pad` itself for none.
pub(crate) fn root(mut layer: Vec<Hash>, mut pad: Hash) -> Hash {
    while layer.len() > 1 {
        layer = above(&layer, &pad);
        pad = pair(&pad, &pad);
    }
    layer.first().copied().unwrap_or(pad)
}

/// The layer `levels` above the leaves, in which a missing leaf counts as zeros.
pub(crate) fn layer(mut leaves: Vec<Hash>, levels: u32) -> Vec<Hash> {
    for level in 0..levels {
        leaves = above(&leaves, &pad(level));
    }
    leaves
}

/// The node `levels` above leaves that are all zeros.
pub(crate) fn pad(levels: u32) -> Hash {
    (0..levels).fold([0; 32], |node, _| pair(&node, &node))
}

fn above(layer: &[Hash], pad: &Hash) -> Vec<Hash> {
    layer
        .chunks(2)
        .map(|nodes| pair(&nodes[0], nodes.get(1).unwrap_or(pad)))
        .collect()
}

fn pair(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_over_a_layer_is_the_root_over_its_leaves() {
        for length in [1usize, 2, 3, 5, 8, 13] {
            let contents = vec![7; length * BLOCK - 1];
            let leaves = blocks(&contents);
            assert_eq!(leaves.len(), length);
            // A whole tree of leaves is never higher than one built from its layers.
            for levels in 0..=length.next_power_of_two().ilog2() {
                let upper = layer(leaves.clone(), levels);
                assert_eq!(
                    root(upper, pad(levels)),
                    root(leaves.clone(), pad(0)),
                    "{length} {levels}"
                );
            }
        }
    }
}
