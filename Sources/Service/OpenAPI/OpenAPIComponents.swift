import JSON

/// The forms of documents that several routes answer with, as JSON Schema 2020-12.
enum OpenAPIComponents {
  /// A reference to a form by its name.
  static func reference(_ name: String) -> JSONValue {
    ["$ref": .string("#/components/schemas/\(name)")]
  }

  /// The forms by name. Written as text, which is their usual form; a test parses it.
  static let schemas: JSONObject = (try? JSONValue.parse(text))?.objectValue ?? JSONObject()

  /// Media types of a result with the schemas of their content.
  static let resultContent: [(type: String, schema: JSONValue)] =
    [(MediaTypes.json, reference("Result"))]
    + [MediaTypes.safetensors, MediaTypes.npz, MediaTypes.npy].map { ($0, binary) }

  static let binary: JSONValue = ["type": "string", "format": "binary"]

  private static let text = #"""
    {
      "Problem": {
        "type": "object", "description": "RFC 9457 problem document.",
        "required": ["type", "title", "status", "detail", "error"],
        "properties": {
          "type": {"type": "string", "examples": ["/problems/validation"]},
          "title": {"type": "string"}, "status": {"type": "integer"},
          "detail": {"type": "string"}, "instance": {"type": "string"},
          "request_id": {"type": "string"}, "error": {"type": "string"},
          "errors": {"type": "array", "items": {"type": "object", "required": ["detail"],
            "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"},
              "code": {"type": "string"}}}}
        }
      },
      "ProblemPage": {
        "type": "object", "required": ["type", "title", "status", "meaning", "advice"],
        "properties": {"type": {"type": "string"}, "title": {"type": "string"},
          "status": {"type": "integer"}, "meaning": {"type": "string"},
          "advice": {"type": "string"}}
      },
      "Status": {
        "type": "object", "required": ["status", "version"],
        "properties": {"status": {"enum": ["ok", "draining", "unavailable"]},
          "version": {"type": "string"}, "checks": {"type": "object"}}
      },
      "Version": {
        "type": "object", "required": ["name", "version"],
        "properties": {"name": {"const": "matquay"}, "version": {"type": "string"},
          "commit": {"type": ["string", "null"]}, "processor": {"type": "string"},
          "algorithms": {"type": "object", "additionalProperties": {"type": "string"}}}
      },
      "Landing": {
        "type": "object", "required": ["name", "version", "links"],
        "properties": {"name": {"type": "string"}, "version": {"type": "string"},
          "summary": {"type": "string"},
          "algorithms": {"type": "array", "items": {"type": "string"}},
          "links": {"type": "object", "additionalProperties": {"type": "string"}}}
      },
      "Links": {"type": "object", "additionalProperties": {"type": "string"}},
      "AlgorithmList": {
        "type": "object", "required": ["items"],
        "properties": {"items": {"type": "array", "items": {
          "type": "object", "required": ["id", "title", "version", "summary", "links"],
          "properties": {"id": {"type": "string"}, "title": {"type": "string"},
            "version": {"type": "string"}, "summary": {"type": "string"},
            "links": {"$ref": "#/components/schemas/Links"}}}}}
      },
      "TensorSpecification": {
        "type": "object", "required": ["name", "dtypes", "rank", "shape", "required"],
        "properties": {"name": {"type": "string"}, "summary": {"type": "string"},
          "dtypes": {"type": "array", "items": {"type": "string"}},
          "rank": {"type": "object", "properties": {"minimum": {"type": "integer"},
            "maximum": {"type": "integer"}}},
          "shape": {"type": "string"}, "required": {"type": "boolean"}}
      },
      "Algorithm": {
        "type": "object",
        "required": ["id", "title", "version", "summary", "params_schema", "inputs", "outputs",
          "limits", "modes", "deterministic", "cacheable", "examples", "reference"],
        "properties": {"id": {"type": "string"}, "title": {"type": "string"},
          "version": {"type": "string"}, "summary": {"type": "string"},
          "params_schema": {"type": "object", "description": "JSON Schema 2020-12."},
          "inputs": {"type": "array",
            "items": {"$ref": "#/components/schemas/TensorSpecification"}},
          "outputs": {"type": "array",
            "items": {"$ref": "#/components/schemas/TensorSpecification"}},
          "limits": {"type": "object"},
          "modes": {"type": "array", "items": {"type": "string"}},
          "deterministic": {"type": "boolean"}, "cacheable": {"type": "boolean"},
          "examples": {"type": "array", "items": {"type": "object"}},
          "reference": {"type": "string"}, "links": {"$ref": "#/components/schemas/Links"}}
      },
      "Tensor": {
        "description": "Nested arrays of numbers, an object with base64 data, or a reference to an uploaded file.",
        "anyOf": [
          {"type": "array"}, {"type": "number"},
          {"type": "object", "required": ["dtype", "shape", "data"], "additionalProperties": false,
            "properties": {
              "dtype": {"enum": ["F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL"]},
              "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
              "data": {"type": "string", "contentEncoding": "base64",
                "description": "Little endian, row major."}}},
          {"type": "object", "required": ["ref"], "additionalProperties": false,
            "properties": {
              "ref": {"type": "string", "pattern": "^sha256-[0-9a-f]{64}$"},
              "name": {"type": "string",
                "description": "Where the file has several tensors."}}}
        ]
      },
      "Tensors": {
        "type": "object", "additionalProperties": {"$ref": "#/components/schemas/Tensor"}
      },
      "Result": {
        "type": "object", "required": ["job_id", "algorithm", "version", "outputs", "report"],
        "properties": {"job_id": {"type": "string", "format": "uuid"},
          "algorithm": {"type": "string"}, "version": {"type": "string"},
          "outputs": {"$ref": "#/components/schemas/Tensors"}, "report": {"type": "object"}}
      },
      "Validation": {
        "type": "object", "required": ["valid", "estimate", "derived", "digest", "cached"],
        "properties": {"valid": {"const": true},
          "estimate": {"type": "object", "required": ["seconds", "bytes"],
            "properties": {"seconds": {"type": "number"}, "bytes": {"type": "integer"}}},
          "derived": {"type": "object"}, "digest": {"type": "string"},
          "cached": {"type": "boolean"}}
      },
      "Webhook": {
        "type": "object", "required": ["url", "state", "calls"],
        "description": "How far telling the caller's webhook is; changes of it do not raise the revision.",
        "properties": {
          "url": {"type": "string", "format": "uri"},
          "state": {"enum": ["waiting", "pending", "delivered", "failed"]},
          "calls": {"type": "integer"},
          "next_at": {"type": ["string", "null"], "format": "date-time"},
          "status": {"type": ["integer", "null"]}, "error": {"type": ["string", "null"]}}
      },
      "Job": {
        "type": "object",
        "required": ["id", "algorithm", "version", "state", "cancelling", "priority", "progress",
          "attempt", "max_attempts", "created_at", "updated_at", "labels", "revision", "links"],
        "properties": {
          "id": {"type": "string", "format": "uuid"}, "algorithm": {"type": "string"},
          "version": {"type": "string"},
          "state": {"enum": ["queued", "running", "succeeded", "failed", "cancelled"]},
          "cancelling": {"type": "boolean"},
          "priority": {"type": "integer", "minimum": 0, "maximum": 1000},
          "progress": {"type": "object", "properties": {
            "fraction": {"type": "number", "minimum": 0, "maximum": 1},
            "step": {"type": ["integer", "null"]}, "total": {"type": ["integer", "null"]},
            "message": {"type": ["string", "null"]}}},
          "attempt": {"type": "integer"}, "max_attempts": {"type": "integer"},
          "queue_position": {"type": ["integer", "null"]},
          "estimate_seconds": {"type": ["number", "null"]},
          "created_at": {"type": "string", "format": "date-time"},
          "started_at": {"type": ["string", "null"], "format": "date-time"},
          "updated_at": {"type": "string", "format": "date-time"},
          "finished_at": {"type": ["string", "null"], "format": "date-time"},
          "expires_at": {"type": ["string", "null"], "format": "date-time"},
          "digest": {"type": ["string", "null"]}, "cached": {"type": "boolean"},
          "result_bytes": {"type": ["integer", "null"]},
          "labels": {"type": "object", "additionalProperties": {"type": "string"}},
          "error": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Problem"}]},
          "traceparent": {"type": ["string", "null"]}, "revision": {"type": "integer"},
          "webhook": {"$ref": "#/components/schemas/Webhook"},
          "links": {"$ref": "#/components/schemas/Links"}}
      },
      "JobList": {
        "type": "object", "required": ["items", "next_cursor"],
        "properties": {
          "items": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
          "next_cursor": {"type": ["string", "null"]}}
      },
      "BulkResult": {
        "type": "object", "required": ["matched", "changed"],
        "properties": {"matched": {"type": "integer"}, "changed": {"type": "integer"}}
      },
      "Queue": {
        "type": "object", "required": ["paused", "queued", "running", "workers", "by_algorithm"],
        "properties": {"paused": {"type": "boolean"}, "queued": {"type": "integer"},
          "running": {"type": "integer"}, "workers": {"type": "integer"},
          "by_algorithm": {"type": "object", "additionalProperties": {"type": "object",
            "properties": {"paused": {"type": "boolean"}, "queued": {"type": "integer"},
              "running": {"type": "integer"}}}}}
      },
      "Ticket": {
        "type": "object", "required": ["ticket", "expires_at"],
        "properties": {"ticket": {"type": "string"},
          "expires_at": {"type": "string", "format": "date-time"}}
      },
      "Blob": {
        "type": "object", "required": ["ref", "bytes"],
        "properties": {"ref": {"type": "string"}, "bytes": {"type": "integer"}}
      },
      "Key": {
        "type": "object", "required": ["id", "name", "scopes", "created_at"],
        "properties": {"id": {"type": "string"}, "name": {"type": "string"},
          "scopes": {"type": "array", "items": {"enum": ["read", "submit", "admin"]}},
          "created_at": {"type": "string", "format": "date-time"},
          "key": {"type": "string", "description": "Shown once, when the key is made."}}
      },
      "KeyList": {
        "type": "object", "required": ["items"],
        "properties": {"items": {"type": "array",
          "items": {"$ref": "#/components/schemas/Key"}}}
      },
      "KeyRequest": {
        "type": "object", "required": ["name", "scopes"], "additionalProperties": false,
        "properties": {"name": {"type": "string", "maxLength": 100},
          "scopes": {"type": "array", "minItems": 1,
            "items": {"enum": ["read", "submit", "admin"]}}}
      },
      "Object": {"type": "object"}
    }
    """#
}
