import AlgorithmInterface
import Dualization
import JSON

/// How one tensor is to be dualized: the request's members under those of the rule that matches.
struct TensorRule {
  private let members: Parameters
  /// Where the members stand, for messages.
  private let pointer: JSONPointer
  let isSkipped: Bool

  /// The rule for a tensor: the first that matches its name, over the request's own members.
  init(for name: String, in parameters: Parameters) {
    var merged = parameters.members
    var place = JSONPointer.root.appending("params")
    var skipped = false
    for (index, value) in (parameters.list("rules") ?? []).enumerated() {
      guard let rule = value.objectValue, let pattern = rule["match"]?.stringValue,
        GlobPattern(pattern).matches(name)
      else { continue }
      for (key, member) in rule { merged[key] = member }
      skipped = rule["skip"]?.boolValue ?? false
      place = place.appending("rules").appending(index)
      break
    }
    members = Parameters(merged)
    pointer = place
    isSkipped = skipped
  }

  /// Members of a network's request: the atoms say what they are.
  init(ofNetwork parameters: Parameters) {
    members = parameters
    pointer = JSONPointer.root.appending("params")
    isSkipped = false
  }

  /// The layer for a tensor of so many axes; nil when none has so many.
  func layer(axes: Int) -> Layer? {
    let norm = members.word("norm", as: VectorNorm.self) ?? .rms
    let convolution = members.word("conv", as: Layer.Convolution.self) ?? .slices
    switch members.string("layer") {
    case "linear": return .linear
    case "embed": return .embed(members.word("layout", as: Layer.Layout.self) ?? .columns)
    case "conv2d": return .conv2d(convolution)
    case "vector": return .vector(norm)
    default: return Layer(rank: axes, norm: norm, convolution: convolution)
    }
  }

  var split: [Int]? {
    members.numbers("split").map { sizes in sizes.map { Int($0) } }
  }

  /// - Throws: the member that is out of its range or does not go with another.
  func settings() throws(RequestRejection) -> PolarSettings {
    var settings = PolarSettings()
    settings.method = members.word("method", as: PolarMethod.self) ?? .auto
    settings.precision = members.word("precision", as: PolarSettings.Precision.self) ?? .exact
    settings.steps = members.integer("steps")
    settings.schedule = members.word("schedule", as: NewtonSchulzSchedule.self)
    settings.coefficients = members.list("coefficients")?.map { row in
      (row.arrayValue ?? []).compactMap(\.doubleValue)
    }
    settings.degree = members.integer("degree") ?? 5
    settings.lowerBound = members.number("lower_bound")
    settings.side = members.word("side", as: PolarSettings.Side.self) ?? .left
    settings.order = members.integer("order") ?? 2
    settings.form = members.word("form", as: PolarSettings.Form.self) ?? .plain
    settings.normalization =
      members.word("normalization", as: PolarSettings.Normalization.self) ?? .frobenius
    settings.tolerance = members.number("tolerance")
    settings.floor = members.number("floor")
    settings.rankTolerance = members.number("rank_tolerance")
    settings.verification = members.word("verify", as: PolarSettings.Verification.self) ?? .probe
    if let sketch = members.object("sketch") {
      settings.sketch = PolarSettings.Sketch(
        rank: sketch.integer("rank"), powerIterations: sketch.integer("power_iterations") ?? 1)
    }
    do throws(DualizationError) {
      try settings.validate()
    } catch {
      if case .invalidParameter(let name, let reason) = error {
        let place = name.split(separator: ".").reduce(pointer) { $0.appending(String($1)) }
        throw RequestRejection(ValidationIssue(place, reason))
      }
      throw RequestRejection(ValidationIssue(pointer, error.description))
    }
    return settings
  }

  /// Where a member of this rule stands.
  func pointer(to member: String) -> JSONPointer { pointer.appending(member) }
}
