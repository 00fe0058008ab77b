/// What a tensor is to its network, which fixes its norm.
public enum Layer: Sendable, Hashable {
  /// How an embedding's token vectors lie.
  public enum Layout: String, Sendable, CaseIterable {
    /// (d_out, d_in): one column a token, as the paper has it.
    case columns
    /// (vocabulary, dimension): one row a token, as frameworks store it.
    case rows
  }
  /// How a convolution's kernel becomes matrices.
  public enum Convolution: String, Sendable, CaseIterable {
    /// One (d_out, d_in) problem for each kernel position, as the paper has it.
    case slices
    /// One (d_out, d_in · k · k) matrix.
    case flatten
  }

  /// (d_out, d_in): √(d_in/d_out) ‖W‖₂.
  case linear
  /// Token vectors: max ‖v‖₂/√d.
  case embed(Layout)
  /// (d_out, d_in, k, k): k² max over positions of the linear norm, or the flattened matrix's.
  case conv2d(Convolution)
  case vector(VectorNorm)

  public var name: String {
    switch self {
    case .linear: "linear"
    case .embed: "embed"
    case .conv2d: "conv2d"
    case .vector: "vector"
    }
  }

  /// Axes of its tensor.
  public var rank: Int {
    switch self {
    case .vector: 1
    case .linear, .embed: 2
    case .conv2d: 4
    }
  }

  /// The layer a tensor of so many axes is taken for; nil when none has so many.
  public init?(rank: Int, norm: VectorNorm = .rms, convolution: Convolution = .slices) {
    switch rank {
    case 1: self = .vector(norm)
    case 2: self = .linear
    case 4: self = .conv2d(convolution)
    default: return nil
    }
  }

  /// - Throws: `wrongRank`, `empty`, `kernelNotSquare`.
  public func validate(shape: [Int]) throws(DualizationError) {
    guard shape.count == rank else {
      throw .wrongRank(layer: name, expected: rank, actual: shape.count)
    }
    guard shape.allSatisfy({ $0 > 0 }) else { throw .empty(shape: shape) }
    if case .conv2d = self, shape[2] != shape[3] {
      throw .kernelNotSquare(height: shape[2], width: shape[3])
    }
  }

  /// The matrices (rows, columns) that a tensor of this shape is made of; none for embed and
  /// vector.
  public func matrices(shape: [Int]) -> (count: Int, rows: Int, columns: Int)? {
    switch self {
    case .linear: (1, shape[0], shape[1])
    case .conv2d(.slices): (shape[2] * shape[3], shape[0], shape[1])
    case .conv2d(.flatten): (1, shape[0], shape[1] * shape[2] * shape[3])
    case .embed, .vector: nil
    }
  }
}
