public import Compute
public import LinearAlgebra

/// Partition of points into the K sets of least squared distance to their means.
///
/// Starts by k-means++ with 2 + ⌊ln K⌋ local trials (Arthur and Vassilvitskii 2007), then Lloyd's
/// steps to a fixed point. An empty class takes over the point that lies farthest from its centre.
public struct KMeans: Sendable {
  /// `(K × d)`.
  public private(set) var centres: Matrix<Double>
  /// The class of each point, `0..<K`.
  public private(set) var labels: [Int]
  /// Σ ‖x_i - centre of x_i‖².
  public private(set) var inertia: Double
  /// Lloyd steps taken.
  public private(set) var iterations: Int
  /// Whether the last step changed no label.
  public private(set) var isConverged: Bool

  /// Lloyd steps from given centres.
  ///
  /// - Parameters:
  ///   - points: `(n × d)`, finite, n ≥ K.
  ///   - centres: `(K × d)`.
  /// - Complexity: O(n K d) a step.
  public init(
    _ points: Matrix<Double>, centres: Matrix<Double>, maximumIterations: Int = 300,
    in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) {
    precondition(points.columns == centres.columns, "points and centres share their dimension")
    self.centres = centres
    labels = []
    inertia = 0
    iterations = 0
    isConverged = false
    var distances: [Double] = []
    (labels, distances) = Self.nearest(points, centres)
    while iterations < maximumIterations {
      try context.checkpoint()
      Self.fillEmptyClasses(&labels, &distances, classes: centres.rows)
      self.centres = Self.means(points, labels, classes: centres.rows)
      let before = labels
      (labels, distances) = Self.nearest(points, self.centres)
      iterations += 1
      if labels == before {
        isConverged = true
        break
      }
    }
    inertia = distances.reduce(0, +)
  }

  /// The best of several k-means++ starts.
  public init(
    _ points: Matrix<Double>, classes: Int, restarts: Int, stream: UInt64,
    maximumIterations: Int = 300, in context: ComputeContext
  ) throws(ComputationStopped) {
    precondition(restarts >= 1 && classes >= 1 && points.rows >= classes, "K ≤ n")
    var best: KMeans?
    for restart in 0..<restarts {
      var generator = context.generator(stream: stream &+ UInt64(restart))
      let start = Self.plusPlus(points, classes: classes, &generator)
      let run = try KMeans(
        points, centres: start, maximumIterations: maximumIterations, in: context)
      if let leader = best, leader.inertia <= run.inertia { continue }
      best = run
    }
    guard let best else { preconditionFailure("there is at least one restart") }
    self = best
  }

  /// k-means++ centres: each next one drawn with probability ∝ squared distance to the nearest so
  /// far, the best of a few draws kept.
  static func plusPlus(
    _ points: Matrix<Double>, classes: Int, _ generator: inout RandomGenerator
  ) -> Matrix<Double> {
    let count = points.rows
    let trials = 2 + Int(PortableLogarithm.natural(Double(classes)))
    var chosen = [generator.below(count)]
    var nearest = squaredDistances(points, to: chosen[0])
    while chosen.count < classes {
      let total = nearest.reduce(0, +)
      var best = (index: 0, potential: Double.infinity, distances: nearest)
      for _ in 0..<trials {
        let index: Int
        if total > 0 {
          var rest = generator.uniform() * total
          index =
            nearest.firstIndex { distance in
              rest -= distance
              return rest < 0
            } ?? (nearest.lastIndex { $0 > 0 } ?? count - 1)
        } else {
          // All remaining points coincide with a centre: any will do.
          index = generator.below(count)
        }
        let candidate = squaredDistances(points, to: index)
        let joined = zip(nearest, candidate).map { min($0, $1) }
        let potential = joined.reduce(0, +)
        if potential < best.potential { best = (index, potential, joined) }
      }
      chosen.append(best.index)
      nearest = best.distances
    }
    return Matrix(rows: classes, columns: points.columns) { points[chosen[$0], $1] }
  }

  private static func squaredDistances(_ points: Matrix<Double>, to index: Int) -> [Double] {
    let dimension = points.columns
    return points.withElements { x in
      (0..<points.rows).map { row in
        var sum = 0.0
        for column in 0..<dimension {
          let difference = x[row * dimension + column] - x[index * dimension + column]
          sum += difference * difference
        }
        return sum
      }
    }
  }

  /// The nearest centre of each point (the first of equals) and the squared distance to it.
  static func nearest(
    _ points: Matrix<Double>, _ centres: Matrix<Double>
  ) -> (labels: [Int], distances: [Double]) {
    let dimension = points.columns
    let classes = centres.rows
    var labels = [Int](repeating: 0, count: points.rows)
    var distances = [Double](repeating: 0, count: points.rows)
    points.withElements { x in
      centres.withElements { c in
        for row in 0..<points.rows {
          var (best, least) = (0, Double.infinity)
          for label in 0..<classes {
            var sum = 0.0
            for column in 0..<dimension {
              let difference = x[row * dimension + column] - c[label * dimension + column]
              sum += difference * difference
            }
            if sum < least { (best, least) = (label, sum) }
          }
          labels[row] = best
          distances[row] = least
        }
      }
    }
    return (labels, distances)
  }

  /// Gives every class without points the point farthest from its centre.
  private static func fillEmptyClasses(
    _ labels: inout [Int], _ distances: inout [Double], classes: Int
  ) {
    var sizes = [Int](repeating: 0, count: classes)
    for label in labels { sizes[label] += 1 }
    for empty in 0..<classes where sizes[empty] == 0 {
      var farthest: Int?
      for point in labels.indices where sizes[labels[point]] > 1 {
        if let leader = farthest, distances[leader] >= distances[point] { continue }
        farthest = point
      }
      guard let point = farthest else { return }
      sizes[labels[point]] -= 1
      sizes[empty] = 1
      labels[point] = empty
      distances[point] = 0
    }
  }

  /// The mean of each class; zero for a class without points.
  static func means(_ points: Matrix<Double>, _ labels: [Int], classes: Int) -> Matrix<Double> {
    let dimension = points.columns
    var sums = [Double](repeating: 0, count: classes * dimension)  // (K, d)
    var sizes = [Double](repeating: 0, count: classes)
    points.withElements { x in
      for (row, label) in labels.enumerated() {
        sizes[label] += 1
        for column in 0..<dimension {
          sums[label * dimension + column] += x[row * dimension + column]
        }
      }
    }
    return Matrix(rows: classes, columns: dimension) { label, column in
      sizes[label] > 0 ? sums[label * dimension + column] / sizes[label] : 0
    }
  }
}
