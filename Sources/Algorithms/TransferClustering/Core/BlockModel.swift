import Compute
import Glibc
public import LinearAlgebra

/// Which part of a network's likelihood counts.
public enum NetworkLikelihood: String, Sendable, CaseIterable {
  /// Edges and non-edges: the model's own likelihood.
  case full
  /// Edges only, as the authors' code has it: kept for comparison, less accurate.
  case edges
}

/// A stochastic block model: nodes i ≠ j of classes k, l are joined with probability B_kl.
public struct BlockModel: Sendable, Equatable {
  /// π `(K)`, sums to 1.
  public internal(set) var weights: [Double]
  /// B `(K × K)`, symmetric.
  public internal(set) var blocks: Matrix<Double>
  /// R `(n × K)`: the classes of the nodes that a density looks at. A node's density depends on
  /// those of all others.
  public internal(set) var responsibilities: ClassTable
  public let likelihood: NetworkLikelihood

  public var classes: Int { weights.count }

  /// K - 1 weights and K (K + 1)/2 blocks.
  public var parameterCount: Int { classes - 1 + classes * (classes + 1) / 2 }

  /// The parameters for given classes: B = (M + 2a)/(N + 4a) with M = RᵀAR and
  /// N = (Rᵀ1)(Rᵀ1)ᵀ - RᵀR over ordered pairs.
  ///
  /// - Parameters:
  ///   - smoothing: a ≥ 0.
  /// - Complexity: O(E K + n K²).
  public init(
    _ network: Network, responsibilities: ClassTable, smoothing: Double,
    likelihood: NetworkLikelihood
  ) {
    precondition(network.nodes == responsibilities.subjects, "one row a node")
    let (n, k) = (network.nodes, responsibilities.classes)
    let sums = network.neighbourSums(responsibilities)
    let r = Matrix(rows: n, columns: k, elements: responsibilities.values)
    let edges = r.transposedTimes(Matrix(rows: n, columns: k, elements: sums.values))  // (K, K)
    let overlaps = r.gramOfColumns()
    let masses = Self.masses(responsibilities)
    blocks = Matrix(rows: k, columns: k) { a, b in
      let pairs = masses[a] * masses[b] - overlaps[a, b] + 4 * smoothing
      // The two halves of M agree up to rounding: taken from one, so that B is symmetric.
      return pairs > 0 ? (edges[min(a, b), max(a, b)] + 2 * smoothing) / pairs : 0
    }
    weights = masses.map { $0 / Double(max(n, 1)) }
    self.responsibilities = responsibilities
    self.likelihood = likelihood
  }

  static func masses(_ responsibilities: ClassTable) -> [Double] {
    let k = responsibilities.classes
    var masses = [Double](repeating: 0, count: k)
    for (place, value) in responsibilities.values.enumerated() { masses[place % k] += value }
    return masses
  }

  /// log density of each node under each class: Σ_{j≠i} Σ_l R_jl (A_ij ln B_kl +
  /// (1 - A_ij) ln(1 - B_kl)), the second term only for the full likelihood. `(n × K)`.
  public func logDensities(_ network: Network) -> ClassTable {
    logDensities(neighbourSums: network.neighbourSums(responsibilities), logTables)
  }

  /// What a density needs of the parameters.
  struct LogTables: Sendable {
    /// ln B and ln(1 - B) `(K × K)`.
    let edge: [Double]
    let none: [Double]
    /// Rᵀ1 `(K)`.
    let masses: [Double]
  }

  var logTables: LogTables {
    // Probabilities of 0 and 1 are kept from making 0 · ∞: where smoothing left them, no pair
    // of these classes disagrees in the data that gave them.
    let floor = Double.leastNormalMagnitude
    return LogTables(
      edge: blocks.elements.map { log(max($0, floor)) },
      none: blocks.elements.map { log(max(1 - $0, floor)) }, masses: Self.masses(responsibilities))
  }

  /// The same from E = A R `(n × K)`.
  ///
  /// - Complexity: O(n K²).
  func logDensities(neighbourSums sums: ClassTable, _ tables: LogTables) -> ClassTable {
    let k = classes
    let nodes = sums.subjects
    var table = ClassTable(subjects: nodes, classes: k)
    table.values.withUnsafeMutableBufferPointer { out in
      sums.values.withUnsafeBufferPointer { sums in
        responsibilities.values.withUnsafeBufferPointer { own in
          for node in 0..<nodes {
            let row = node * k
            for label in 0..<k {
              var total = 0.0
              for other in 0..<k {
                let joined = sums[row + other]
                if joined != 0 { total += joined * tables.edge[label * k + other] }
                if likelihood == .full {
                  let apart = tables.masses[other] - own[row + other] - joined
                  if apart != 0 { total += apart * tables.none[label * k + other] }
                }
              }
              out[row + label] = total
            }
          }
        }
      }
    }
    return table
  }

  /// ln p(A, z) of hard labels: each pair once, and the class weights.
  public func completeLogLikelihood(_ network: Network) -> Double {
    completeLogLikelihood(densities: logDensities(network))
  }

  func completeLogLikelihood(densities: ClassTable) -> Double {
    let k = classes
    var pairs = 0.0
    var labels = 0.0
    for (place, share) in responsibilities.values.enumerated() where share > 0 {
      pairs += share * densities.values[place]
      labels += share * log(max(weights[place % k], Double.leastNormalMagnitude))
    }
    return pairs / 2 + labels
  }

  /// -2 ln p(A, z) + K (K + 1)/2 · ln(n (n - 1)/2) + (K - 1) ln n (Daudin, Picard, Robin 2008).
  func integratedCriterion(completeLogLikelihood: Double) -> Double {
    let (n, k) = (Double(responsibilities.subjects), Double(classes))
    return -2 * completeLogLikelihood + k * (k + 1) / 2 * log(max(n * (n - 1) / 2, 1))
      + (k - 1) * log(max(n, 1))
  }

  /// Renames the classes: class k becomes `names[k]`.
  public func renamed(_ names: [Int]) -> BlockModel {
    var result = self
    for (old, new) in names.enumerated() {
      result.weights[new] = weights[old]
      for (other, otherNew) in names.enumerated() {
        result.blocks[new, otherNew] = blocks[old, other]
      }
    }
    result.responsibilities = responsibilities.renamed(names)
    return result
  }
}
