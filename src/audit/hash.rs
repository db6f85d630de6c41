//! SHA-256, and the Merkle tree of RFC 6962 over lines.
//!
//! Leaves and inner nodes are hashed with different first bytes, so that no inner node passes for an entry.

use ring::digest::{Context, SHA256, digest};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Hash {
    value(digest(&SHA256, bytes))
}

/// A Merkle tree that grows leaf by leaf and keeps only the roots of its whole subtrees.
#[derive(Default)]
pub struct Tree {
    /// Root and height of each whole subtree, the highest first.
    whole: Vec<(u32, Hash)>,
    leaves: u64,
}

impl Tree {
    /// Adds one line, without its end.
    pub fn push(&mut self, line: &[u8]) {
        self.leaves += 1;
        let mut node = (0, hash_of(0, line, &[]));
        while let Some((height, left)) = self.whole.pop_if(|(height, _)| *height == node.0) {
            node = (height + 1, hash_of(1, &left, &node.1));
        }
        self.whole.push(node);
    }

    /// Lines so far.
    pub fn len(&self) -> u64 {
        self.leaves
    }

    /// The root over all lines; of no line, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.whole.iter().rev().map(|(_, root)| *root);
        let Some(last) = subtrees.next() else { return sha256(&[]) };
        subtrees.fold(last, |right, left| hash_of(1, &left, &right))
    }
}

fn hash_of(kind: u8, first: &[u8], second: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[kind]);
    context.update(first);
    context.update(second);
    value(context.finish())
}

fn value(digest: ring::digest::Digest) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves and roots of the test vectors that Certificate Transparency publishes for RFC 6962.
    #[test]
    fn roots_are_those_of_rfc_6962() {
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        assert_eq!(hex::encode(tree.root()), roots[0]);
        for (leaf, root) in leaves.iter().zip(&roots[1..]) {
            let bytes: Vec<u8> = (0..leaf.len() / 2)
                .map(|at| u8::from_str_radix(&leaf[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            tree.push(&bytes);
            assert_eq!(hex::encode(tree.root()), *root);
        }
        assert_eq!(tree.len(), 8);
    }
}
