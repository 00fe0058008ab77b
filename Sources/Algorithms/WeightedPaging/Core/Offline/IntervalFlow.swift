import Compute

/// The flow network of `OfflineOptimum`: nodes 0 … T on a line (node s: just before request s),
/// line arcs s → s+1 of cost 0, and for each request at t whose page is asked for again at t' an
/// arc t+1 → t' of cost -w and capacity 1 (for the eviction model also t+1 → T after last
/// requests). A node has at most one interval leaving and, but for T, one entering.
///
/// Invariants between augmentations: `potential` makes every residual arc's reduced cost
/// `c + potential(u) - potential(v)` non-negative (up to rounding); `flow` and `used` are a
/// min-cost flow of their value.
struct IntervalFlow {
  /// T.
  private let length: Int
  /// Where the interval leaving node s ends, -1: none; and its weight; and whether it is used.
  private var end: [Int32]
  private var weight: [Double]
  private var used: [Bool]
  /// Where the interval entering node s starts, -1: none.
  private var start: [Int32]
  /// Units on the line arc s → s+1.
  private var flow: [Int32]
  private var potential: [Double]
  /// Requests whose page is asked for again at once: kept for nothing.
  private var free: [Bool]
  /// Scratch of a search: distance, arc by which the node was reached, visited.
  private var distance: [Double]
  private var reached: [Step]
  private var heap = SearchHeap()

  private enum Step: UInt8 { case none, forward, backward, interval, intervalBack }

  init(trace: [Int32], weights: [Double], model: CostModel) {
    let count = trace.count
    length = count
    end = Array(repeating: -1, count: count + 1)
    start = end
    weight = Array(repeating: 0, count: count + 1)
    used = Array(repeating: false, count: count + 1)
    flow = Array(repeating: 0, count: count + 1)
    free = Array(repeating: false, count: count)
    potential = Array(repeating: 0, count: count + 1)
    distance = potential
    reached = Array(repeating: .none, count: count + 1)
    var next = Array(repeating: count, count: weights.count)
    for t in stride(from: count - 1, through: 0, by: -1) {
      let page = Int(trace[t])
      let later = next[page]
      next[page] = t
      if later == t + 1 && (later < count || model == .evict) {
        free[t] = true
      } else if later < count || model == .evict {
        end[t + 1] = Int32(truncatingIfNeeded: later)
        weight[t + 1] = weights[page]
        if later < count { start[later] = Int32(truncatingIfNeeded: t + 1) }
      }
    }
    // Shortest distances from node 0 on the acyclic line.
    for s in 0..<count {
      potential[s + 1] = min(potential[s + 1], potential[s])
      if end[s] >= 0 {
        let v = Int(end[s])
        potential[v] = min(potential[v], potential[s] - weight[s])
      }
    }
  }

  /// After each request: its page is not kept until its next request (or, for evictions, the end).
  var paid: [Bool] {
    (0..<length).map { t in !free[t] && !used[t + 1] }
  }

  /// Sends up to `units` units, each along a shortest path, while that saves anything.
  mutating func saturate(units: Int, context: ComputeContext) throws(ComputationStopped) {
    guard length > 0 else { return }
    for unit in 0..<max(0, units) {
      try context.checkpoint(
        Double(unit) / Double(units), step: unit, of: units, message: "optimum")
      if unit > 0 {
        search()
        renewPotentials()
      } else {
        trackFirst()
      }
      guard potential[length] - potential[0] < 0 else { return }
      augment()
    }
  }

  /// Before the first unit the potentials are the distances: any tight arc is on a shortest path.
  private mutating func trackFirst() {
    for s in 0..<length {
      if potential[s + 1] == potential[s] { reached[s + 1] = .forward }
      if end[s] >= 0, potential[Int(end[s])] == potential[s] - weight[s] {
        reached[Int(end[s])] = .interval
        firstStart(of: Int(end[s]), is: s)
      }
    }
  }

  /// Several intervals may end at T; the one last found tight is the one taken.
  private mutating func firstStart(of node: Int, is s: Int) {
    if node == length { start[length] = Int32(truncatingIfNeeded: s) }
  }

  /// Distances from node 0 in reduced costs, up to that of node T. Nodes reached at no extra cost
  /// go on a stack, the others on a heap.
  private mutating func search() {
    for s in 0...length { distance[s] = .infinity }
    heap.reset()
    distance[0] = 0
    reached[0] = .none
    heap.pushNow(0)
    while let (node, d) = heap.pop() {
      guard d <= distance[node] else { continue }
      if node == length { break }
      let here = potential[node] + d
      relax(node + 1, here - potential[node + 1], d, .forward, from: node)
      if node > 0, flow[node - 1] > 0 {
        relax(node - 1, here - potential[node - 1], d, .backward, from: node)
      }
      let v = Int(end[node])
      if v >= 0, !used[node] {
        relax(v, here - weight[node] - potential[v], d, .interval, from: node)
      }
      let u = Int(start[node])
      if u >= 0, used[u] {
        relax(u, here + weight[u] - potential[u], d, .intervalBack, from: node)
      }
    }
  }

  @inline(__always)
  private mutating func relax(_ v: Int, _ found: Double, _ d: Double, _ step: Step, from u: Int) {
    let reach = max(found, d)  // reduced costs are not negative but for rounding
    guard reach < distance[v] else { return }
    distance[v] = reach
    reached[v] = step
    if v == length, step == .interval { start[length] = Int32(truncatingIfNeeded: u) }
    if reach == d { heap.pushNow(v) } else { heap.push(v, reach) }
  }

  private mutating func renewPotentials() {
    let most = distance[length]
    for s in 0...length { potential[s] += min(distance[s], most) }
  }

  private mutating func augment() {
    var node = length
    while node > 0 {
      switch reached[node] {
      case .forward:
        flow[node - 1] += 1
        node -= 1
      case .backward:
        flow[node] -= 1
        node += 1
      case .interval:
        let u = Int(start[node])
        used[u] = true
        node = u
      case .intervalBack:
        used[node] = false
        node = Int(end[node])
      case .none: return
      }
    }
  }
}

/// The open nodes of a search: those at the present distance on a stack, the rest in a binary heap.
private struct SearchHeap {
  private var stack: [Int32] = []
  private var items: [(key: Double, node: Int32)] = []
  private var level = 0.0

  mutating func reset() {
    stack.removeAll(keepingCapacity: true)
    items.removeAll(keepingCapacity: true)
    level = 0
  }

  mutating func pushNow(_ node: Int) { stack.append(Int32(truncatingIfNeeded: node)) }

  mutating func push(_ node: Int, _ key: Double) {
    items.append((key, Int32(truncatingIfNeeded: node)))
    var hole = items.count - 1
    while hole > 0, key < items[(hole - 1) / 2].key {
      items[hole] = items[(hole - 1) / 2]
      hole = (hole - 1) / 2
    }
    items[hole] = (key, Int32(truncatingIfNeeded: node))
  }

  mutating func pop() -> (Int, Double)? {
    if let node = stack.popLast() { return (Int(node), level) }
    guard let first = items.first, let last = items.popLast() else { return nil }
    level = first.key
    if !items.isEmpty { sift(last) }
    return (Int(first.node), level)
  }

  private mutating func sift(_ item: (key: Double, node: Int32)) {
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child + 1].key < items[child].key { child += 1 }
      guard items[child].key < item.key else { break }
      items[hole] = items[child]
      hole = child
    }
    items[hole] = item
  }
}
