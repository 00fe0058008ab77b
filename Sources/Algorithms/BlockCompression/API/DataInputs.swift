import AlgorithmInterface
import BlockCompression
import Compute
import JSON
import LinearAlgebra
import Tensors

/// The optional inputs that weight a single matrix's error.
struct DataInputs: Sendable {
  let columnWeights: [Double]?
  let rowWeights: [Double]?
  /// C, or the activations it is made of.
  let covariance: Tensor?
  let activations: Tensor?
  let refits: Bool
  let whitens: Bool

  var isEmpty: Bool {
    columnWeights == nil && rowWeights == nil && covariance == nil && activations == nil
  }

  init(
    _ parameters: Parameters, inputs: NamedTensors, rows: Int, columns: Int
  ) throws(RequestRejection) {
    columnWeights = try Self.weights("column_weights", inputs, count: columns)
    rowWeights = try Self.weights("row_weights", inputs, count: rows)
    covariance = try Self.checked("covariance", inputs)
    activations = try Self.checked("activations", inputs)
    if let covariance {
      guard activations == nil else {
        throw RequestRejection(
          .input("activations", "give a covariance or activations, not both"))
      }
      guard covariance.shape == [columns, columns] else {
        throw RequestRejection(
          .input("covariance", "expected shape (\(columns), \(columns)), got \(covariance.shape)"))
      }
      try Self.checkSymmetry(covariance)
    }
    if let activations, activations.shape[1] != columns {
      throw RequestRejection(
        .input("activations", "expected \(columns) columns, got shape \(activations.shape)"))
    }
    whitens = parameters.string("whitening") == "block"
    let hasData = covariance != nil || activations != nil
    if whitens, !hasData {
      throw RequestRejection(
        .parameter("whitening", "\"block\" needs the input covariance or activations"))
    }
    if parameters.boolean("refit") == true, !hasData {
      throw RequestRejection(
        .parameter("refit", "needs the input covariance or activations"))
    }
    refits = parameters.boolean("refit") ?? true
  }

  private static func checked(
    _ name: String, _ inputs: NamedTensors
  ) throws(RequestRejection) -> Tensor? {
    guard let tensor = inputs[name] else { return nil }
    try BlastAlgorithm.input(name)?.check(tensor)
    return tensor
  }

  private static func weights(
    _ name: String, _ inputs: NamedTensors, count: Int
  ) throws(RequestRejection) -> [Double]? {
    guard let tensor = try checked(name, inputs) else { return nil }
    guard tensor.shape == [count] else {
      throw RequestRejection(.input(name, "expected shape (\(count)), got \(tensor.shape)"))
    }
    let values = tensor.float64Values()
    if let place = values.firstIndex(where: { $0 <= 0 }) {
      throw RequestRejection(
        .input(name, at: [place], "must be greater than 0, is \(values[place])"))
    }
    return values
  }

  /// Symmetric to rounding, with no negative variance.
  private static func checkSymmetry(_ tensor: Tensor) throws(RequestRejection) {
    let c = tensor.matrix()
    let tolerance = 1e-5 * c.maximumMagnitude
    for row in 0..<c.rows {
      guard c[row, row] >= 0 else {
        throw RequestRejection(
          .input("covariance", at: [row, row], "is negative: no variance can be"))
      }
      for column in 0..<row where abs(c[row, column] - c[column, row]) > tolerance {
        throw RequestRejection(
          .input("covariance", at: [row, column], "differs from element (\(column), \(row))"))
      }
    }
  }

  /// The weights in the scalar of the fit.
  ///
  /// - Throws: `stopped`.
  func weights<Scalar: TensorScalar>(
    _: Scalar.Type, in context: ComputeContext
  ) throws(BlockCompressionError) -> DataWeights<Scalar> {
    var data = DataWeights<Scalar>()
    data.columns = columnWeights.map { DataWeights<Scalar>.normalised(weights: $0) }
    data.rows = rowWeights.map { DataWeights<Scalar>.normalised(weights: $0) }
    data.covariance = covariance.map { Scalar.normalised($0) }
    if let activations {
      do throws(ComputationStopped) {
        data.covariance = try DataWeights.covariance(
          ofActivations: Scalar.normalised(activations), in: context)
      } catch {
        throw .stopped(error)
      }
    }
    data.whitens = whitens
    data.refits = refits
    return data
  }
}
