public import Compute

/// What cannot be dualized, by the rule broken.
public enum DualizationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An element is NaN or infinite; `index` is its position in the array, axis by axis.
  case nonFinite(index: [Int])
  /// Some axis has no elements.
  case empty(shape: [Int])
  /// The layer wants another number of axes.
  case wrongRank(layer: String, expected: Int, actual: Int)
  /// A convolution's kernel has unequal sides.
  case kernelNotSquare(height: Int, width: Int)
  /// λ of the steepest-descent step is not above zero (or not finite).
  case sharpnessNotPositive(Double)
  /// A parameter is out of its range.
  case invalidParameter(name: String, reason: String)
  /// The sizes of `split` do not add up to the rows.
  case splitMismatch(expected: Int, actual: Int)
  /// A network's atom has a negative (or non-finite) mass.
  case negativeMass(name: String, mass: Double)
  /// A module has a negative (or non-finite) sensitivity.
  case negativeSensitivity(Double)
  /// A module after one with mass has sensitivity zero: no finite update maximises the pairing.
  case noFiniteUpdate
  /// Two atoms share a name.
  case duplicateName(String)
  /// Gradients (or weights) that no atom is called.
  case unknownAtoms([String])
  /// Atoms without a gradient (or weight).
  case missingTensors([String])
  /// A compound without modules.
  case emptyCompound
  /// The method cannot be used on this matrix.
  case methodNotApplicable(method: String, reason: String)
  /// The iteration left the range of numbers, or a decomposition failed.
  case numericalFailure(code: String, reason: String)
  /// The computation was told to stop.
  case stopped(ComputationStopped)

  public var description: String {
    switch self {
    case .nonFinite(let index): "non-finite input: element \(index) is NaN or infinite"
    case .empty(let shape): "empty: shape \(shape) has an axis without elements"
    case .wrongRank(let layer, let expected, let actual):
      "wrong number of axes: \(layer) takes \(expected), the tensor has \(actual)"
    case .kernelNotSquare(let height, let width):
      "kernel not square: \(height) × \(width)"
    case .sharpnessNotPositive(let value):
      "sharpness must be above zero for a step, it is \(value)"
    case .invalidParameter(let name, let reason): "\(name): \(reason)"
    case .splitMismatch(let expected, let actual):
      "the sizes of split add up to \(actual), the tensor has \(expected) rows"
    case .negativeMass(let name, let mass): "mass below zero: \(name) has \(mass)"
    case .negativeSensitivity(let value): "sensitivity below zero: \(value)"
    case .noFiniteUpdate:
      "no finite update: a sensitivity of zero follows a module with mass"
    case .duplicateName(let name): "duplicate name: two atoms are called \(name)"
    case .unknownAtoms(let names):
      "unknown atom: no atom is called \(names.joined(separator: ", "))"
    case .missingTensors(let names):
      "missing gradient: none is given for \(names.joined(separator: ", "))"
    case .emptyCompound: "a compound needs at least one module"
    case .methodNotApplicable(let method, let reason): "\(method): \(reason)"
    case .numericalFailure(_, let reason): reason
    case .stopped(let stop): "stopped: \(stop.reason.rawValue)"
    }
  }
}
