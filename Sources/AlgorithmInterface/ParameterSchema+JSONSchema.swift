public import JSON

extension ParameterSchema {
  /// The form as JSON Schema 2020-12.
  public var jsonSchema: JSONValue { .object(schemaObject) }

  private var schemaObject: JSONObject {
    switch self {
    case .boolean:
      return ["type": "boolean"]
    case .null:
      return ["type": "null"]
    case .integer(let range):
      var schema: JSONObject = ["type": "integer"]
      if range.lowerBound != Int.min { schema["minimum"] = .integer(Int64(range.lowerBound)) }
      if range.upperBound != Int.max { schema["maximum"] = .integer(Int64(range.upperBound)) }
      return schema
    case .number(let range):
      var schema: JSONObject = ["type": "number"]
      if let low = range.minimum {
        schema[range.excludesMinimum ? "exclusiveMinimum" : "minimum"] = .number(low)
      }
      if let high = range.maximum {
        schema[range.excludesMaximum ? "exclusiveMaximum" : "maximum"] = .number(high)
      }
      return schema
    case .string(let length):
      return ["type": "string", "maxLength": .integer(Int64(length))]
    case .choice(let words):
      return ["type": "string", "enum": .array(words.map { .string($0) })]
    case .array(let element, let count):
      var schema: JSONObject = ["type": "array", "items": element.jsonSchema]
      schema["minItems"] = .integer(Int64(count.lowerBound))
      if count.upperBound != Int.max { schema["maxItems"] = .integer(Int64(count.upperBound)) }
      return schema
    case .object(let parameters):
      return Self.objectSchema(parameters)
    case .dictionary(let element, let count):
      var schema: JSONObject = ["type": "object", "additionalProperties": element.jsonSchema]
      schema["minProperties"] = .integer(Int64(count.lowerBound))
      if count.upperBound != Int.max {
        schema["maxProperties"] = .integer(Int64(count.upperBound))
      }
      return schema
    case .anyOf(let forms):
      return ["anyOf": .array(forms.map(\.jsonSchema))]
    case .recursive(let name, let form):
      // `$anchor` names the place, so that the schema keeps its meaning wherever it is embedded.
      var schema = form.schemaObject
      schema["$anchor"] = .string(name)
      return schema
    case .reference(let name):
      return ["$ref": .string("#\(name)")]
    }
  }

  private static func objectSchema(_ parameters: [Parameter]) -> JSONObject {
    var properties = JSONObject()
    for parameter in parameters {
      var property = parameter.schema.schemaObject
      property["description"] = .string(parameter.summary)
      if let value = parameter.defaultValue { property["default"] = value }
      properties[parameter.name] = .object(property)
    }
    var schema: JSONObject = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    let required = parameters.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    return schema
  }
}
