import JSON
import LinearAlgebra

extension Matrix where Scalar == Double {
  /// Rows as nested lists.
  var document: JSONValue {
    .array((0..<rows).map { .array(row($0).map { .number($0) }) })
  }
}
