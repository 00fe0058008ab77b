import AlgorithmInterface
import BlockCompression
import JSON
import LinearAlgebra
import Tensors

/// The matrices of a request, each with its grid and budget, and what is known about the vectors
/// they are applied to.
struct CompressionPlan: Sendable {
  /// One matrix.
  struct Item: Sendable {
    let name: String
    let tensor: Tensor
    /// `nil`: a grid is searched.
    let blocks: (rows: Int, columns: Int)?
    let budget: Budget
    let rows: Int
    let columns: Int
    /// Whether a rule says what may be spent on it, so that no global budget does.
    let hasOwnBudget: Bool

    /// The grid, where one is given.
    var grid: BlockGrid? {
      blocks.flatMap {
        try? BlockGrid(rows: rows, columns: columns, blockRows: $0.rows, blockColumns: $0.columns)
      }
    }

    /// The rank that is known before the run.
    var rank: Int? { grid.flatMap { try? budget.rank(on: $0) }.map { min($0, min(rows, columns)) } }
  }

  let items: [Item]
  /// Tensors that are no matrices of numbers, or that a rule leaves out.
  let skipped: [String]
  /// Whether the request is the one unnamed matrix.
  let isSingle: Bool

  /// Names that stand for something else than a matrix to compress.
  static let reserved: Set<String> = [
    "column_weights", "row_weights", "covariance", "activations", "U", "S", "V", "x",
  ]

  init(_ parameters: Parameters, inputs: NamedTensors) throws(RequestRejection) {
    let names = inputs.names.filter { !Self.reserved.contains($0) }
    isSingle = names == ["matrix"]
    guard !names.isEmpty else {
      throw RequestRejection(.input("matrix", "is required"))
    }
    var items: [Item] = []
    var skipped: [String] = []
    var issues: [ValidationIssue] = []
    for name in names {
      guard let tensor = inputs[name] else { continue }
      do throws(RequestRejection) {
        if let item = try Self.item(name, tensor, parameters, isAlone: isSingle) {
          items.append(item)
        } else {
          skipped.append(name)
        }
      } catch {
        if error.kind != .validation { throw error }
        issues += error.issues
      }
    }
    guard issues.isEmpty else { throw RequestRejection(issues) }
    guard !items.isEmpty else {
      throw RequestRejection(
        parameters["rules"] == nil
          ? .input(names[0], "nothing to compress: no matrix of numbers is left")
          : .parameter("rules", "nothing to compress: no matrix of the file matches a rule"))
    }
    self.items = items
    self.skipped = skipped
  }

  private static func item(
    _ name: String, _ tensor: Tensor, _ parameters: Parameters, isAlone: Bool
  ) throws(RequestRejection) -> Item? {
    let choice = BlastParameters.members(for: name, in: parameters)
    let (members, pointer) = (choice.members, choice.pointer)
    if choice.isSkipped { return nil }
    // In a whole file of weights, vectors and integers are simply not meant, nor is what no rule
    // matches where the request itself gives no budget.
    if !isAlone, !tensor.elementType.isFloating || tensor.shape.count != 2 { return nil }
    if !isAlone, choice.isUnmatched, !BlastParameters.hasBudget(parameters) { return nil }
    let rule = TensorSpecification(
      name: name, summary: "", elementTypes: BlastAlgorithm.floating, ranks: 2...2,
      shapeRule: "(m, n)")
    try rule.check(tensor)
    let (m, n) = (tensor.shape[0], tensor.shape[1])
    let budget = try BlastParameters.budget(members, at: pointer)
    let blocks = BlastParameters.blocks(members)
    if let blocks {
      do throws(BlockCompressionError) {
        let grid = try BlockGrid(
          rows: m, columns: n, blockRows: blocks.rows, blockColumns: blocks.columns)
        // Of a global budget each matrix gets at least rank 1, whatever its even share.
        if choice.hasOwnBudget || parameters.string("budget") != "global" {
          _ = try budget.rank(on: grid)
        }
      } catch {
        throw RequestRejection(error.issue(of: name, at: pointer, members))
      }
    } else {
      // The grid is searched; a single block costs least.
      do throws(BlockCompressionError) {
        _ = try budget.rank(
          on: BlockGrid(rows: m, columns: n, blockRows: 1, blockColumns: 1))
      } catch {
        throw RequestRejection(error.issue(of: name, at: pointer, members))
      }
    }
    return Item(
      name: name, tensor: tensor, blocks: blocks, budget: budget, rows: m, columns: n,
      hasOwnBudget: choice.hasOwnBudget)
  }
}

extension BlockCompressionError {
  /// The issue that a caller can mend.
  func issue(of name: String, at pointer: JSONPointer, _ members: Parameters) -> ValidationIssue {
    switch self {
    case .impossibleGrid(let rows, let columns, let b1, let b2):
      return ValidationIssue(
        pointer.appending("blocks"),
        "\(b1) × \(b2) blocks do not fit the \(rows) × \(columns) matrix \(name): each side needs "
          + "at least one row (column) in every block")
    case .budgetTooSmall(let budget, let perRank, let keep):
      let member = BlastParameters.budgets.first { members[$0] != nil } ?? "rank"
      return ValidationIssue(
        pointer.appending(member),
        "\(name): budget of \(budget) parameters does not pay for rank 1, which takes \(perRank); "
          + "smallest keep is \(keep)")
    default:
      return ValidationIssue(pointer, "\(self)")
    }
  }

  /// The failure of a run.
  var failure: AlgorithmFailure {
    switch self {
    case .stopped(let stopped): .stopped(stopped)
    case .notPositiveDefinite(let block):
      .numerical(
        code: "not_positive_definite",
        detail: "block \(block) of the covariance is not positive semidefinite",
        pointer: JSONPointer(["inputs", "covariance"]))
    case .notConverged(let routine):
      .numerical(code: "not_converged", detail: "\(routine) did not converge", pointer: nil)
    case .impossibleGrid, .budgetTooSmall:
      .numerical(
        code: "budget", detail: "no grid fits the budget: \(self)",
        pointer: JSONPointer(["params", "blocks"]))
    }
  }
}
