/// The answers of n subjects to p items, each a category or missing.
public struct CategoricalItems: Sendable, Equatable {
  /// n.
  public let subjects: Int
  /// C_j: the number of categories of each item; `categories.count` is p.
  public let categories: [Int]
  /// `(n × p)` row-major: `0..<C_j`, or `missing`.
  public let codes: [Int32]

  /// The code of a missing answer.
  public static let missing: Int32 = -1

  public init(subjects: Int, categories: [Int], codes: [Int32]) {
    precondition(codes.count == subjects * categories.count, "one code a subject and item")
    self.subjects = subjects
    self.categories = categories
    self.codes = codes
  }

  public var items: Int { categories.count }

  /// Where each item's categories start in a row that holds all of them one after the other.
  var offsets: [Int] {
    var next = 0
    return categories.map { count in
      defer { next += count }
      return next
    }
  }

  /// ΣC_j.
  var totalCategories: Int { categories.reduce(0, +) }
}
