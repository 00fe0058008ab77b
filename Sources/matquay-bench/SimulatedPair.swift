import Compute
import Glibc
import LinearAlgebra
import TransferClustering

/// The simulations of arXiv 2410.21263, section 5: two balanced classes, of which a share of the
/// source's labels is flipped.
struct SimulatedPair {
  let target: SubjectData
  let source: SubjectData
  /// The target's labels.
  let truth: [Int]

  /// One of the paper's settings.
  enum Setting: String, CaseIterable {
    case gmmGMM = "gmm-gmm"
    case sbmGMM = "sbm-gmm"
    case gmmSBM = "gmm-sbm"
    case lcmGMM = "lcm-gmm"
    case lcmLCM = "lcm-lcm"

    /// n.
    var subjects: Int {
      switch self {
      case .gmmGMM: 500
      case .lcmGMM: 200
      case .sbmGMM, .gmmSBM, .lcmLCM: 300
      }
    }

    /// Half the distance of the two means, d = 10.
    var shift: Double {
      let n = Double(subjects)
      return switch self {
      case .gmmGMM: 0.2 * log(n)
      case .gmmSBM: (0.23 * log(n)).squareRoot()
      case .sbmGMM, .lcmGMM, .lcmLCM: (0.25 * log(n)).squareRoot()
      }
    }

    /// Edge probabilities within and between classes.
    var edges: (inside: Double, between: Double) { self == .gmmSBM ? (0.5, 0.3) : (0.4, 0.25) }

    /// Binary items, answered yes with probability 0.4 or 0.6.
    var items: Int { self == .lcmLCM ? 15 : 20 }
  }

  init(
    _ setting: Setting, mismatch: Double, covariance: CovarianceForm,
    _ generator: inout RandomGenerator
  ) {
    let n = setting.subjects
    let first = (0..<n).count { _ in generator.uniform() < 0.5 }
    let truth = (0..<n).map { $0 < first ? 0 : 1 }
    var other = truth
    var order = Array(0..<n)
    for place in 0..<Int(mismatch * Double(n)) {
      order.swapAt(place, place + generator.below(n - place))
      other[order[place]] = 1 - truth[order[place]]
    }
    self.truth = truth
    let means = Self.means(setting, &generator)
    func points(_ labels: [Int]) -> SubjectData {
      .points(
        Matrix(rows: n, columns: means.count) { row, column in
          generator.normal() + (labels[row] == 0 ? means[column] : -means[column])
        }, covariance)
    }
    switch setting {
    case .gmmGMM:
      target = points(truth)
      source = points(other)
    case .sbmGMM:
      target = Self.network(setting, truth, &generator)
      source = points(other)
    case .gmmSBM:
      target = points(truth)
      source = Self.network(setting, other, &generator)
    case .lcmGMM:
      target = Self.answers(setting, truth, &generator)
      source = points(other)
    case .lcmLCM:
      target = Self.answers(setting, truth, &generator)
      source = Self.answers(setting, other, &generator)
    }
  }

  /// A random direction in ten dimensions.
  private static func means(_ setting: Setting, _ generator: inout RandomGenerator) -> [Double] {
    let direction = generator.normals(10)
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return direction.map { $0 / length * setting.shift }
  }

  private static func network(
    _ setting: Setting, _ labels: [Int], _ generator: inout RandomGenerator
  ) -> SubjectData {
    var edges: [(Int, Int)] = []
    for v in labels.indices {
      for u in 0..<v {
        let chance = labels[u] == labels[v] ? setting.edges.inside : setting.edges.between
        if generator.uniform() < chance { edges.append((u, v)) }
      }
    }
    return .network(Network(nodes: labels.count, edges: edges), .full)
  }

  private static func answers(
    _ setting: Setting, _ labels: [Int], _ generator: inout RandomGenerator
  ) -> SubjectData {
    .items(
      CategoricalItems(
        subjects: labels.count, categories: Array(repeating: 2, count: setting.items),
        codes: labels.flatMap { label in
          (0..<setting.items).map { _ in generator.uniform() < (label == 0 ? 0.4 : 0.6) ? 1 : 0 }
        }))
  }
}
