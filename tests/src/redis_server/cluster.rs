//! A cluster of three real nodes.

use std::thread;
use std::time::Duration;

use redis::Value;

use super::RedisServer;

/// The slots of a cluster, in three parts.
const PARTS: [(u16, u16); 3] = [(0, 5460), (5461, 10_922), (10_923, 16_383)];

/// Three primaries without replicas, each serving a third of the slots.
#[derive(Debug)]
pub struct RedisCluster {
    /// The nodes, in the order of their slots.
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts three nodes and makes a cluster of them.
    ///
    /// # Panics
    /// They do not come together within 20 seconds.
    #[must_use]
    pub fn start() -> Self {
        let arguments = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            "--cluster-require-full-coverage",
            "no",
            "--appendonly",
            "yes",
        ];
        let nodes: Vec<RedisServer> = PARTS.iter().map(|_| RedisServer::start_with(&arguments)).collect();
        for (node, (first, last)) in nodes.iter().zip(PARTS) {
            node.command(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
            node.command(&format!("CLUSTER MEET 127.0.0.1 {}", nodes[0].port()));
        }
        let cluster = Self { nodes };
        cluster.wait();
        cluster
    }

    /// Waits until every node says that all is well. A node that was started again takes two seconds for that.
    ///
    /// # Panics
    /// They do not come together within 20 seconds.
    pub fn wait(&self) {
        for _ in 0..400 {
            if self.nodes.iter().all(is_whole) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the nodes do not come together");
    }

    /// The URLs of its nodes.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }

    /// The slot of a key.
    ///
    /// # Panics
    /// The first node does not answer.
    #[must_use]
    pub fn slot(&self, name: &str) -> u16 {
        match self.nodes[0].command(&format!("CLUSTER KEYSLOT {name}")) {
            Value::Int(slot) => u16::try_from(slot).expect("a slot"),
            other => panic!("no slot: {other:?}"),
        }
    }

    /// The node that served the slot of a key at first.
    ///
    /// # Panics
    /// The first node does not answer.
    #[must_use]
    pub fn node_of(&self, name: &str) -> usize {
        let slot = self.slot(name);
        PARTS.iter().position(|(_, last)| slot <= *last).expect("a slot")
    }

    /// The name by which a node is known to the others.
    ///
    /// # Panics
    /// It does not answer.
    #[must_use]
    pub fn id(&self, node: usize) -> String {
        text(self.nodes[node].command("CLUSTER MYID"))
    }
}

fn is_whole(node: &RedisServer) -> bool {
    let info = text(node.command("CLUSTER INFO"));
    ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"]
        .iter()
        .all(|line| info.contains(line))
}

fn text(value: Value) -> String {
    redis::from_redis_value(value).expect("a text")
}
