public import Compute
public import LinearAlgebra

/// Partition around K medoids of least total dissimilarity, by FasterPAM (Schubert and Rousseeuw
/// 2021): one pass over the candidates tells the gain against all medoids at once, and a swap that
/// gains is made at once.
public struct KMedoids: Sendable {
  /// The subjects in the middle of each class.
  public private(set) var medoids: [Int]
  /// The class of each subject: the nearest medoid's, the first of equals.
  public private(set) var labels: [Int]
  /// Σ_i dissimilarity to the nearest medoid.
  public private(set) var loss: Double
  public private(set) var passes: Int
  public private(set) var swaps: Int
  /// Whether no swap gains any more.
  public private(set) var isConverged: Bool

  /// The best of several random starts.
  ///
  /// - Parameter dissimilarity: `(n × n)`, symmetric, non-negative, zero diagonal; n ≥ K.
  /// - Complexity: O(n²) a pass.
  public init(
    _ dissimilarity: Matrix<Double>, classes: Int, restarts: Int, maximumPasses: Int,
    stream: UInt64, in context: ComputeContext
  ) throws(ComputationStopped) {
    precondition(
      dissimilarity.rows == dissimilarity.columns && (1...dissimilarity.rows).contains(classes),
      "a square table of at least K subjects")
    var best: KMedoids?
    for restart in 0..<max(restarts, 1) {
      var generator = context.generator(stream: stream &+ UInt64(restart))
      var order = Array(0..<dissimilarity.rows)
      for place in 0..<classes {
        order.swapAt(place, place + generator.below(order.count - place))
      }
      let run = try KMedoids(
        dissimilarity, medoids: Array(order.prefix(classes)), maximumPasses: maximumPasses,
        in: context)
      if let leader = best, leader.loss <= run.loss { continue }
      best = run
    }
    guard let best else { preconditionFailure("there is at least one restart") }
    self = best
  }

  /// Swaps from given medoids until none gains.
  public init(
    _ dissimilarity: Matrix<Double>, medoids start: [Int], maximumPasses: Int,
    in context: ComputeContext
  ) throws(ComputationStopped) {
    let n = dissimilarity.rows
    medoids = start
    labels = []
    loss = 0
    passes = 0
    swaps = 0
    isConverged = false
    var state = Nearest(dissimilarity, start)
    var sinceSwap = 0
    while passes < maximumPasses, !isConverged {
      try context.checkpoint()
      passes += 1
      for candidate in 0..<n {
        if sinceSwap == n {
          isConverged = true
          break
        }
        sinceSwap += 1
        if medoids.contains(candidate) { continue }
        guard let (medoid, gain) = state.bestSwap(dissimilarity, candidate),
          gain > 1e-12 * max(state.loss, Double.leastNormalMagnitude)
        else { continue }
        medoids[medoid] = candidate
        state = Nearest(dissimilarity, medoids)
        swaps += 1
        sinceSwap = 0
      }
      if sinceSwap == n { isConverged = true }
    }
    labels = state.first
    loss = state.loss
  }

  /// For each subject the nearest and second-nearest medoid.
  private struct Nearest {
    var first: [Int] = []  // (n), index into the medoids
    var firstDistance: [Double] = []  // (n)
    var secondDistance: [Double] = []  // (n)
    /// Loss that goes up when a medoid is dropped, by medoid.
    var removalLoss: [Double]  // (K)
    var loss = 0.0

    init(_ d: Matrix<Double>, _ medoids: [Int]) {
      removalLoss = Array(repeating: 0, count: medoids.count)
      let n = d.rows
      d.withElements { d in
        for subject in 0..<n {
          var (best, distance, second) = (0, Double.infinity, Double.infinity)
          for (index, medoid) in medoids.enumerated() {
            let value = d[subject * n + medoid]
            if value < distance {
              (best, distance, second) = (index, value, distance)
            } else if value < second {
              second = value
            }
          }
          first.append(best)
          firstDistance.append(distance)
          secondDistance.append(second)
          loss += distance
          removalLoss[best] += second - distance
        }
      }
    }

    /// The medoid whose replacement by the candidate gains most, and the gain.
    func bestSwap(_ d: Matrix<Double>, _ candidate: Int) -> (medoid: Int, gain: Double)? {
      var change = removalLoss
      var shared = 0.0
      d.withRow(candidate) { row in
        for subject in first.indices {
          let distance = row[subject]
          if distance < firstDistance[subject] {
            shared += distance - firstDistance[subject]
            change[first[subject]] += firstDistance[subject] - secondDistance[subject]
          } else if distance < secondDistance[subject] {
            change[first[subject]] += distance - secondDistance[subject]
          }
        }
      }
      guard let medoid = change.indices.min(by: { change[$0] < change[$1] }) else { return nil }
      // A single medoid has no second to fall back on: its removal alone has no finite cost.
      let total = change[medoid] + shared
      return total.isFinite ? (medoid, -total) : nil
    }
  }
}
