// BlockCompression: block-level adaptive structured matrices (BLAST, arXiv 2410.21262).
//
// Letters: A (m × n) is cut into b1 × b2 blocks of height p = ⌈m/b1⌉ and width q = ⌈n/b2⌉, the last
// row and column of blocks shorter where they do not divide. Block (i, j) of the structured matrix
// is U_i diag(s_ij) V_jᵀ with U_i (p × r), V_j (q × r), s_ij (r).
//
// Read first: `BlockFactors` (the structure and its products), `AlternatingLeastSquares` (the
// solver), `Compressor` (budget, start, solver, report). Must never import tensors, JSON or HTTP.

/// How a matrix is cut into blocks.
public struct BlockGrid: Sendable, Equatable {
  /// m and n.
  public let rows: Int
  public let columns: Int
  /// b1 and b2.
  public let blockRows: Int
  public let blockColumns: Int

  /// - Throws: `impossibleGrid` where a side has no rows or columns, fewer than blocks, or the last
  ///   block would be empty: (b - 1)·⌈m/b⌉ ≥ m.
  public init(
    rows: Int, columns: Int, blockRows: Int, blockColumns: Int
  ) throws(BlockCompressionError) {
    func fits(_ size: Int, _ blocks: Int) -> Bool {
      guard size >= 1, blocks >= 1, blocks <= size else { return false }
      let length = (size + blocks - 1) / blocks
      return blocks == 1 || (blocks - 1) * length < size
    }
    guard fits(rows, blockRows), fits(columns, blockColumns) else {
      throw .impossibleGrid(
        rows: rows, columns: columns, blockRows: blockRows, blockColumns: blockColumns)
    }
    self.rows = rows
    self.columns = columns
    self.blockRows = blockRows
    self.blockColumns = blockColumns
  }

  /// p and q: height and width of all blocks but the last.
  public var blockHeight: Int { (rows + blockRows - 1) / blockRows }
  public var blockWidth: Int { (columns + blockColumns - 1) / blockColumns }

  /// b1·b2.
  public var blocks: Int { blockRows * blockColumns }

  /// The rows of A in row i of blocks.
  public func rowRange(_ i: Int) -> Range<Int> {
    i * blockHeight..<min((i + 1) * blockHeight, rows)
  }

  /// The columns of A in column j of blocks.
  public func columnRange(_ j: Int) -> Range<Int> {
    j * blockWidth..<min((j + 1) * blockWidth, columns)
  }

  /// All of `rowRange`, and all of `columnRange`.
  var rowRanges: [Range<Int>] { (0..<blockRows).map(rowRange) }
  var columnRanges: [Range<Int>] { (0..<blockColumns).map(columnRange) }

  /// m + n + b1·b2: the parameters of one unit of rank, and the multiplications of one vector with
  /// it.
  public var parametersPerRank: Int { rows + columns + blocks }

  /// m·n.
  public var denseParameters: Int { rows * columns }

  /// The grid of Aᵀ.
  var transposed: BlockGrid {
    BlockGrid(
      checkedRows: columns, columns: rows, blockRows: blockColumns, blockColumns: blockRows)
  }

  private init(checkedRows rows: Int, columns: Int, blockRows: Int, blockColumns: Int) {
    self.rows = rows
    self.columns = columns
    self.blockRows = blockRows
    self.blockColumns = blockColumns
  }
}
