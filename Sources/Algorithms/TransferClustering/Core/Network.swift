/// An undirected network without self loops or multiple edges, as sorted lists of neighbours.
public struct Network: Sendable, Equatable {
  /// n.
  public let nodes: Int
  /// Where each node's neighbours start in `neighbours`; n + 1 places.
  let starts: [Int]
  /// All neighbours, node after node, ascending: each edge stands twice.
  let neighbours: [Int32]

  /// From the edges, each named at least once in either direction.
  ///
  /// - Parameter edges: pairs of different nodes in `0..<nodes`; repetitions are dropped.
  /// - Complexity: O(n + E log E).
  public init(nodes: Int, edges: [(Int, Int)]) {
    precondition(nodes <= Int(Int32.max), "nodes are numbered in 32 bits")
    self.nodes = nodes
    var keys = [UInt64]()
    keys.reserveCapacity(2 * edges.count)
    for (u, v) in edges {
      precondition(u != v && (0..<nodes).contains(u) && (0..<nodes).contains(v), "a proper edge")
      keys.append(UInt64(u) << 32 | UInt64(v))
      keys.append(UInt64(v) << 32 | UInt64(u))
    }
    keys.sort()
    var starts = [Int](repeating: 0, count: nodes + 1)
    var neighbours = [Int32]()
    neighbours.reserveCapacity(keys.count)
    var last: UInt64?
    for key in keys where key != last {
      starts[Int(key >> 32) + 1] += 1
      neighbours.append(Int32(truncatingIfNeeded: key))
      last = key
    }
    for node in 0..<nodes { starts[node + 1] += starts[node] }
    self.starts = starts
    self.neighbours = neighbours
  }

  /// The number of edges.
  public var edgeCount: Int { neighbours.count / 2 }

  /// Whether every pair is joined, or none: then no class can be told from another.
  public var isTrivial: Bool { edgeCount == 0 || edgeCount == nodes * (nodes - 1) / 2 }

  /// The number of neighbours of each node.
  public var degrees: [Int] { (0..<nodes).map { starts[$0 + 1] - starts[$0] } }

  /// The number of connected components, and of nodes without neighbours.
  public func componentCounts() -> (components: Int, isolated: Int) {
    var seen = [Bool](repeating: false, count: nodes)
    var components = 0
    var isolated = 0
    var open: [Int] = []
    for root in 0..<nodes where !seen[root] {
      components += 1
      if starts[root] == starts[root + 1] { isolated += 1 }
      seen[root] = true
      open.append(root)
      while let node = open.popLast() {
        for place in starts[node]..<starts[node + 1] {
          let next = Int(neighbours[place])
          if !seen[next] {
            seen[next] = true
            open.append(next)
          }
        }
      }
    }
    return (components, isolated)
  }

  /// A X for X `(n × K)`: the sum over the neighbours of each node.
  ///
  /// - Complexity: O(E K).
  func neighbourSums(_ table: ClassTable) -> ClassTable {
    let k = table.classes
    var sums = ClassTable(subjects: nodes, classes: k)
    sums.values.withUnsafeMutableBufferPointer { out in
      table.values.withUnsafeBufferPointer { x in
        neighbours.withUnsafeBufferPointer { neighbours in
          for node in 0..<nodes {
            for place in starts[node]..<starts[node + 1] {
              let other = Int(neighbours[place]) * k
              for label in 0..<k { out[node * k + label] += x[other + label] }
            }
          }
        }
      }
    }
    return sums
  }
}
