import AlgorithmInterface
import BlockCompression
import JSON
import LinearAlgebra
import Tensors

/// Block factors as three tensors, in and out.
enum FactorTensors {
  /// The grid of the tensors U (m × r), S (b1 × b2 × r), V (n × r).
  ///
  /// - Throws: the tensor that is missing or does not fit the others.
  static func grid(_ inputs: NamedTensors) throws(RequestRejection) -> BlockGrid {
    for name in ["U", "S", "V"] {
      guard let tensor = inputs[name] else {
        throw RequestRejection(.input(name, "is required: the factors are U, S and V"))
      }
      try BlastAlgorithm.input(name)?.check(tensor)
    }
    guard let u = inputs["U"]?.shape, let s = inputs["S"]?.shape, let v = inputs["V"]?.shape else {
      preconditionFailure("all three are there")
    }
    guard s[2] == u[1] else {
      throw RequestRejection(
        .input("S", "expected rank \(u[1]) as U has, got shape \(s)"))
    }
    guard v[1] == u[1] else {
      throw RequestRejection(.input("V", "expected rank \(u[1]) as U has, got shape \(v)"))
    }
    do throws(BlockCompressionError) {
      return try BlockGrid(rows: u[0], columns: v[0], blockRows: s[0], blockColumns: s[1])
    } catch {
      throw RequestRejection(
        .input("S", "\(s[0]) × \(s[1]) blocks do not fit a \(u[0]) × \(v[0]) matrix"))
    }
  }

  static func read<Scalar: Real>(
    _ inputs: NamedTensors, grid: BlockGrid, _ matrix: (Tensor) -> Matrix<Scalar>
  ) -> BlockFactors<Scalar>? {
    guard let u = inputs["U"], let s = inputs["S"], let v = inputs["V"] else { return nil }
    let rank = u.shape[1]
    return BlockFactors(
      grid: grid, u: matrix(u), s: matrix(s.reshaped(to: [grid.blocks, rank])), v: matrix(v))
  }

  /// The three outputs, with a prefix `NAME.` where there are several matrices.
  static func write<Scalar: Real>(
    _ factors: BlockFactors<Scalar>, prefix: String, into outputs: inout NamedTensors,
    _ tensor: (Matrix<Scalar>, [Int]) -> Tensor
  ) {
    let (grid, r) = (factors.grid, factors.rank)
    outputs[prefix + "U"] = tensor(factors.u, [grid.rows, r])
    outputs[prefix + "S"] = tensor(factors.s, [grid.blockRows, grid.blockColumns, r])
    outputs[prefix + "V"] = tensor(factors.v, [grid.columns, r])
  }
}

/// A scalar that tensors are read into and written from.
protocol TensorScalar: Real {
  static func matrix(_ tensor: Tensor) -> Matrix<Self>
  static func tensor(_ matrix: Matrix<Self>, _ shape: [Int]) -> Tensor
}

extension TensorScalar {
  /// The tensor's matrix up to a power of two, its largest entry near 1: also of numbers that would
  /// leave this type's range.
  static func normalised(_ tensor: Tensor) -> Matrix<Self> {
    tensor.elementType == .float64
      ? DataWeights<Self>.normalised(tensor.matrix())
      : DataWeights<Self>.normalised(tensor.singleMatrix())
  }

  /// The numbers as a tensor of another type would keep them.
  static func rounded(_ matrix: Matrix<Self>, to elementType: ElementType) -> Matrix<Self> {
    self.matrix(
      tensor(matrix, [matrix.rows, matrix.columns]).narrowed(to: elementType))
  }
}

extension Float: TensorScalar {
  static func matrix(_ tensor: Tensor) -> Matrix<Float> { tensor.singleMatrix() }
  static func tensor(_ matrix: Matrix<Float>, _ shape: [Int]) -> Tensor {
    Tensor(shape: shape, float32: matrix.elements)
  }
}

extension Double: TensorScalar {
  static func matrix(_ tensor: Tensor) -> Matrix<Double> { tensor.matrix() }
  static func tensor(_ matrix: Matrix<Double>, _ shape: [Int]) -> Tensor {
    Tensor(shape: shape, float64: matrix.elements)
  }
}

extension Tensor {
  /// In another floating type; an element beyond a narrow type's range keeps the wide one.
  func narrowed(to elementType: ElementType) -> Tensor {
    guard self.elementType != elementType else { return self }
    return (try? converted(to: elementType)) ?? self
  }
}
