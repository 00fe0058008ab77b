import AlgorithmInterface
import Dualization
import JSON
import Tensors

/// Checks a request as a whole, collecting every issue, and makes the computation of it.
struct DualizePreparation {
  let parameters: Parameters
  let inputs: NamedTensors
  private let sharpness: Double?
  private let returnsStep: Bool
  private let outputType: ElementType?

  init(parameters: Parameters, inputs: NamedTensors) {
    self.parameters = parameters
    self.inputs = inputs
    sharpness = parameters.number("sharpness")
    returnsStep = parameters.boolean("return_step") ?? false
    outputType = parameters.word("dtype", as: ElementType.self)
  }

  func computation() throws(RequestRejection) -> DualizeComputation {
    var issues: [ValidationIssue] = []
    if returnsStep, sharpness == nil {
      issues.append(.parameter("return_step", "needs sharpness, the λ of the step"))
    }
    if inputs.isEmpty, parameters["network"] == nil {
      issues.append(
        .input("gradient", "is required: the gradient of a layer, or several by name"))
    }
    if parameters["network"] != nil, parameters["rules"] != nil {
      issues.append(.parameter("rules", "not together with network, whose atoms say what they are"))
    }
    if !issues.isEmpty { throw RequestRejection(issues) }
    return parameters["network"] == nil ? try tensors() : try network()
  }

  private var operation: DualizeComputation.Operation {
    parameters.word("operation", as: DualizeComputation.Operation.self) ?? .dualize
  }

  // MARK: One or several tensors

  private func tensors() throws(RequestRejection) -> DualizeComputation {
    let isSingle = inputs.count == 1 && inputs[0].name == "gradient"
    var collector = IssueCollector()
    var items: [DualizeComputation.Item] = []
    var skipped: [String] = []
    for (name, tensor) in inputs {
      let rule = TensorRule(for: name, in: parameters)
      if rule.isSkipped || (!isSingle && !tensor.elementType.isFloating) {
        skipped.append(name)
        continue
      }
      collector.collect { () throws(RequestRejection) in
        items.append(try item(name, tensor, rule))
      }
    }
    for (name, _) in inputs where returnsStep && inputs["\(name).step"] != nil {
      collector.add(
        .input("\(name).step", "is also the name of an output: the step of \(name)"))
    }
    if items.isEmpty, collector.isEmpty {
      collector.add(
        ValidationIssue(
          JSONPointer.root.appending("inputs"), "no floating-point tensor is left to dualize"))
    }
    try collector.finish()
    return DualizeComputation(
      parameters: canonical(isSingle ? items[0] : nil), inputs: inputs, operation: operation,
      items: items, skipped: skipped, isSingle: isSingle, network: nil, weights: [:],
      sharpness: sharpness, returnsStep: returnsStep)
  }

  private func item(
    _ name: String, _ tensor: Tensor, _ rule: TensorRule
  ) throws(RequestRejection) -> DualizeComputation.Item {
    try DualizeAlgorithm.gradient.check(tensor, named: name)
    guard let layer = rule.layer(axes: tensor.shape.count) else {
      throw RequestRejection(
        .input(
          name,
          "wrong number of axes: no layer has \(tensor.shape.count); linear and embed have 2, conv2d 4, vector 1"
        ))
    }
    let settings = try rule.settings()
    return try item(name, tensor, layer, settings, split: rule.split, factor: 1, rule)
  }

  private func item(
    _ name: String, _ tensor: Tensor, _ layer: Layer, _ settings: PolarSettings, split: [Int]?,
    factor: Double, _ rule: TensorRule
  ) throws(RequestRejection) -> DualizeComputation.Item {
    do throws(DualizationError) {
      let atom = try Atom(layer, split: split, settings: settings)
      try atom.validate(shape: tensor.shape)
      return DualizeComputation.Item(
        name: name, atom: atom, tensor: tensor, factor: factor,
        outputType: outputType ?? tensor.elementType)
    } catch {
      switch error {
      case .splitMismatch:
        throw RequestRejection(ValidationIssue(rule.pointer(to: "split"), error.description))
      default:
        throw RequestRejection(.input(name, error.description))
      }
    }
  }

  // MARK: A network

  private func network() throws(RequestRejection) -> DualizeComputation {
    let tree = try NetworkForm.tree(parameters["network"] ?? .null)
    let network: Network
    do throws(DualizationError) {
      network = try Network(tree)
    } catch {
      throw RequestRejection(.parameter("network", error.description))
    }
    let rule = TensorRule(ofNetwork: parameters)
    let settings = try rule.settings()
    var collector = IssueCollector()
    var items: [DualizeComputation.Item] = []
    var weights: [String: Tensor] = [:]
    let names = Set(network.factors.map(\.name))
    for factor in network.factors {
      guard let tensor = inputs[factor.name] else {
        collector.add(.input(factor.name, "missing gradient: the network has an atom of this name"))
        continue
      }
      collector.collect { () throws(RequestRejection) in
        try DualizeAlgorithm.gradient.check(tensor, named: factor.name)
        items.append(
          try item(
            factor.name, tensor, factor.layer, settings, split: nil, factor: factor.factor, rule))
      }
      guard let weight = inputs["weight:\(factor.name)"] else { continue }
      collector.collect { () throws(RequestRejection) in
        try DualizeAlgorithm.weight.check(weight, named: "weight:\(factor.name)")
        guard weight.shape == tensor.shape else {
          throw RequestRejection(
            .input(
              "weight:\(factor.name)",
              "has the shape \(weight.shape), its gradient \(tensor.shape)"))
        }
        weights[factor.name] = weight
      }
    }
    for (name, _) in inputs where !names.contains(name) {
      let isWeight = name.hasPrefix("weight:") && names.contains(String(name.dropFirst(7)))
      if !isWeight {
        collector.add(.input(name, "unknown atom: the network has none of this name"))
      }
    }
    if !weights.isEmpty, weights.count < names.count {
      let missing = network.factors.map(\.name).filter { weights[$0] == nil }
      collector.add(
        .input(
          "weight:\(missing[0])",
          "is required: weights are given for some atoms but not for "
            + missing.joined(separator: ", ")))
    }
    try collector.finish()
    return DualizeComputation(
      parameters: canonical(nil), inputs: inputs, operation: operation, items: items, skipped: [],
      isSingle: false, network: network, weights: weights, sharpness: sharpness,
      returnsStep: returnsStep)
  }

  // MARK: Canonical parameters

  /// The parameters with every default that the request's one tensor decides, so that saying a
  /// default gives the same digest as leaving it out.
  private func canonical(_ single: DualizeComputation.Item?) -> JSONObject {
    var members = parameters.members
    guard let single else { return members }
    let defaults = single.atom.settings.defaults(
      isDouble: single.isDouble, rows: single.tensor.shape[0],
      columns: single.tensor.count / single.tensor.shape[0])
    members["layer"] = .string(single.atom.layer.name)
    if single.atom.layer.matrices(shape: single.tensor.shape) != nil {
      members["tolerance"] = .number(defaults.tolerance)
      members["floor"] = .number(defaults.floor)
      members["rank_tolerance"] = .number(defaults.rankTolerance)
    }
    members["dtype"] = .string(single.outputType.rawValue)
    return members
  }
}

/// Issues of several checks, thrown together.
private struct IssueCollector {
  private var issues: [ValidationIssue] = []
  private var onlyElementTypes = true

  var isEmpty: Bool { issues.isEmpty }

  mutating func add(_ issue: ValidationIssue) {
    issues.append(issue)
    onlyElementTypes = false
  }

  mutating func collect(_ check: () throws(RequestRejection) -> Void) {
    do throws(RequestRejection) {
      try check()
    } catch {
      issues += error.issues
      if error.kind != .unsupportedElementType { onlyElementTypes = false }
    }
  }

  func finish() throws(RequestRejection) {
    guard !issues.isEmpty else { return }
    throw RequestRejection(
      kind: onlyElementTypes ? .unsupportedElementType : .validation, issues)
  }
}
