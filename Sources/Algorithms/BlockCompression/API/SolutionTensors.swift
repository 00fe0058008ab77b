import BlockCompression
import JSON
import LinearAlgebra
import Tensors

/// The state of one solution as named tensors: exact, so that who goes on from it gets the bytes of
/// who was never interrupted.
struct SolutionTensors: Sendable {
  /// The matrix that is solved for, and which of its solutions it is.
  let name: String
  let number: Int
  private let isExtrapolated: Bool
  private let tensors: NamedTensors

  private static let prefix = "state/"
  private static let factors = ["U", "S", "V"]

  init<Scalar: TensorScalar>(_ state: AlternatingState<Scalar>, of name: String, number: Int) {
    self.name = name
    self.number = number
    isExtrapolated = state.isExtrapolated
    var tensors = NamedTensors()
    for (prefix, factors) in [("best.", state.best), ("previous.", state.previous)] {
      FactorTensors.write(factors, prefix: prefix, into: &tensors, Scalar.tensor)
    }
    let numbers = [state.momentum, state.momentumCap] + state.losses
    tensors["numbers"] = Tensor(shape: [numbers.count], float64: numbers)
    self.tensors = tensors
  }

  /// - Returns: `nil` where the file holds none, or not what this program wrote.
  init?(_ file: NamedTensors, metadata: [String: String]) {
    guard let name = metadata["state.name"],
      let number = metadata["state.number"].flatMap({ Int($0) }),
      let extrapolated = metadata["state.extrapolated"]
    else { return nil }
    self.name = name
    self.number = number
    isExtrapolated = extrapolated == "true"
    var tensors = NamedTensors()
    for (name, tensor) in file where name.hasPrefix(Self.prefix) {
      tensors[String(name.dropFirst(Self.prefix.count))] = tensor
    }
    self.tensors = tensors
  }

  func write(into file: inout NamedTensors, metadata: inout [String: String]) {
    for (name, tensor) in tensors { file[Self.prefix + name] = tensor }
    metadata["state.name"] = name
    metadata["state.number"] = String(number)
    metadata["state.extrapolated"] = isExtrapolated ? "true" : "false"
  }

  func state<Scalar: TensorScalar>() -> AlternatingState<Scalar>? {
    guard let best: BlockFactors<Scalar> = factors("best."),
      let previous: BlockFactors<Scalar> = factors("previous."), best.grid == previous.grid,
      best.rank == previous.rank, let numbers = tensors["numbers"]?.float64Values(),
      numbers.count >= 3
    else { return nil }
    return AlternatingState(
      best: best, previous: previous, losses: Array(numbers.dropFirst(2)), momentum: numbers[0],
      momentumCap: numbers[1], isExtrapolated: isExtrapolated)
  }

  private func factors<Scalar: TensorScalar>(_ prefix: String) -> BlockFactors<Scalar>? {
    var inputs = NamedTensors()
    for name in Self.factors {
      guard let tensor = tensors[prefix + name],
        tensor.elementType == (Scalar.self == Float.self ? .float32 : .float64)
      else { return nil }
      inputs[name] = tensor
    }
    guard let grid = try? FactorTensors.grid(inputs) else { return nil }
    return FactorTensors.read(inputs, grid: grid, Scalar.matrix)
  }
}
