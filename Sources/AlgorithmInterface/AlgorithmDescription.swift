public import JSON
public import Tensors

/// Everything about an algorithm that can be said without running it.
public struct AlgorithmDescription: Sendable {
  /// Lower-case word used in routes: `dualize`.
  public var id: String
  public var title: String
  /// One sentence.
  public var summary: String
  /// Version of the interface and behaviour, as semantic versioning counts.
  public var version: String
  /// Raised whenever the bits of a result may change; part of every digest.
  public var numericsVersion: Int
  /// The parameters of `params`.
  public var parameters: ParameterSchema
  /// The inputs; the first required one is the primary.
  public var inputs: [TensorSpecification]
  public var outputs: [TensorSpecification]
  /// Limits beyond those of the service, as a small document for callers.
  public var limits: JSONObject
  /// Requests that work as they stand.
  public var examples: [AlgorithmExample]
  /// The paper.
  public var reference: String

  public init(
    id: String, title: String, summary: String, version: String, numericsVersion: Int,
    parameters: ParameterSchema, inputs: [TensorSpecification], outputs: [TensorSpecification],
    limits: JSONObject = JSONObject(), examples: [AlgorithmExample] = [], reference: String
  ) {
    self.id = id
    self.title = title
    self.summary = summary
    self.version = version
    self.numericsVersion = numericsVersion
    self.parameters = parameters
    self.inputs = inputs
    self.outputs = outputs
    self.limits = limits
    self.examples = examples
    self.reference = reference
  }

  /// The name given to the tensor of a body that holds a single unnamed one.
  public var primaryInput: String? {
    (inputs.first(where: \.isRequired) ?? inputs.first)?.name
  }
}

/// An input or output as callers are told of it.
public struct TensorSpecification: Sendable, Equatable {
  /// The name, or a pattern for families of names (`NAME.step`, `weight:NAME`).
  public var name: String
  public var summary: String
  public var elementTypes: [ElementType]
  /// Numbers of dimensions taken.
  public var ranks: ClosedRange<Int>
  /// The shape in the letters of the documentation: `(m, n)`.
  public var shapeRule: String
  public var isRequired: Bool

  public init(
    name: String, summary: String, elementTypes: [ElementType], ranks: ClosedRange<Int>,
    shapeRule: String, isRequired: Bool = true
  ) {
    self.name = name
    self.summary = summary
    self.elementTypes = elementTypes
    self.ranks = ranks
    self.shapeRule = shapeRule
    self.isRequired = isRequired
  }
}

/// A request that works as it stands, for the documentation and for the tests.
public struct AlgorithmExample: Sendable {
  public var title: String
  /// A request document: `{"params": …, "inputs": …}`.
  public var body: JSONValue

  public init(title: String, body: JSONValue) {
    self.title = title
    self.body = body
  }
}
