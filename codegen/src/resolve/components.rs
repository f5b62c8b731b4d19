//! Groups of definitions that all lead to each other, in time linear in the references.
//!
//! A reference lies on a circle exactly when both its ends are in one group (S. R. Kosaraju's two passes: the order in
//! which definitions are left going forwards, then what is reached going backwards in the reverse of that order).

use std::collections::BTreeMap;

use super::DefId;

/// A directed graph of definitions.
pub(super) struct Graph<'a> {
    numbers: BTreeMap<&'a DefId, usize>,
    edges: Vec<(usize, usize)>,
    /// The group of each definition, by number.
    groups: Vec<usize>,
}

impl<'a> Graph<'a> {
    pub fn new(edges: impl Iterator<Item = (&'a DefId, &'a DefId)>) -> Self {
        let mut numbers = BTreeMap::new();
        let mut number = |id: &'a DefId| {
            let next = numbers.len();
            *numbers.entry(id).or_insert(next)
        };
        let mut edges: Vec<_> = edges.map(|(from, to)| (number(from), number(to))).collect();
        edges.sort_unstable();
        edges.dedup();
        let groups = groups(numbers.len(), &edges);
        Self { numbers, edges, groups }
    }

    /// Whether an edge of this graph leads from one definition to the other, and on from there back to the first.
    pub fn is_circular(&self, from: &DefId, to: &DefId) -> bool {
        match (self.numbers.get(from), self.numbers.get(to)) {
            (Some(from), Some(to)) => {
                self.groups[*from] == self.groups[*to] && self.edges.binary_search(&(*from, *to)).is_ok()
            }
            _ => false,
        }
    }
}

fn groups(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let (mut forwards, mut backwards) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in edges {
        forwards[*from].push(*to);
        backwards[*to].push(*from);
    }
    let mut seen = vec![false; count];
    let mut left = Vec::with_capacity(count);
    for start in 0..count {
        leave(start, &forwards, &mut seen, &mut left);
    }
    let mut groups = vec![usize::MAX; count];
    for start in left.into_iter().rev() {
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            if groups[at] == usize::MAX {
                groups[at] = start;
                waiting.extend(&backwards[at]);
            }
        }
    }
    groups
}

/// Walks everything that can be reached and was not seen, and notes each definition when all behind it is done.
fn leave(start: usize, next: &[Vec<usize>], seen: &mut [bool], left: &mut Vec<usize>) {
    // Its own stack, since a chain of references may be longer than the thread's stack allows.
    let mut path = Vec::new();
    if !std::mem::replace(&mut seen[start], true) {
        path.push((start, 0));
    }
    while let Some((at, step)) = path.last_mut() {
        match next[*at].get(*step) {
            Some(&to) => {
                *step += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    path.push((to, 0));
                }
            }
            None => {
                left.push(*at);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_edges_on_a_circle_are_circular() {
        let ids = ["a", "b", "c", "d", "e"].map(|name| DefId::new("x.y.z", name));
        let [a, b, c, d, e] = &ids;
        let edges = [(a, b), (b, c), (c, a), (c, d), (d, e), (e, e), (a, c)];
        let graph = Graph::new(edges.into_iter());
        let circular: Vec<_> = edges.iter().filter(|(from, to)| graph.is_circular(from, to)).collect();
        assert_eq!(circular, [&(a, b), &(b, c), &(c, a), &(e, e), &(a, c)]);
        assert!(!graph.is_circular(b, a), "there is no such edge");
        assert!(!graph.is_circular(a, &DefId::new("x.y.z", "f")));
    }

    #[test]
    fn a_long_circle_needs_no_deep_stack() {
        let ids: Vec<_> = (0..100_000).map(|n| DefId::new("x.y.z", format!("d{n}"))).collect();
        let pairs = ids.iter().zip(ids.iter().cycle().skip(1));
        let graph = Graph::new(pairs);
        assert!(graph.is_circular(&ids[0], &ids[1]));
    }
}
