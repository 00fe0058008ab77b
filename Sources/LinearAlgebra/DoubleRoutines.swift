import COpenBLAS
import WideKernels
import WideKernels512

/// The double-precision symbols of OpenBLAS.
public enum DoubleRoutines: RealRoutines {
  public typealias Scalar = Double

  public static let cblasGemm = cblas_dgemm
  public static let cblasGemv = cblas_dgemv
  public static let cblasSyrk = cblas_dsyrk
  public static let cblasTrmm = cblas_dtrmm
  public static let cblasTrsm = cblas_dtrsm
  public static let lapackGesdd = dgesdd_
  public static let lapackGesvd = dgesvd_
  public static let lapackPotrf = dpotrf_
  public static let lapackPotri = dpotri_
  public static let lapackSytrf = dsytrf_
  public static let lapackSytrs = dsytrs_
  public static let lapackSyevd = dsyevd_
  public static let lapackSyevr = dsyevr_
  public static let smallProduct: @Sendable (Int, Int, Int, Input, Input, Int, InOut) -> Void = {
    SmallProduct.run($0, $1, $2, $3, $4, $5, $6)
  }
  public static let elementwiseSum: @Sendable (Int, Int, Int, Input, Input, InOut) -> Void = {
    ElementwiseSum.run($0, $1, $2, $3, $4, $5)
  }
  public static let vectorProduct: @Sendable (Int, Int, Input, Input, InOut) -> Void = {
    VectorProduct.run($0, $1, $2, $3, $4)
  }
  public static let transposedVectorProduct: @Sendable (Int, Int, Input, Input, InOut) -> Void = {
    VectorProduct.transposed($0, $1, $2, $3, $4)
  }
  public static let panelKernels: [PanelKernel<Double>] = {
    let narrow = PanelKernel<Double>(columns: PanelProduct.doubleColumns) {
      PanelProduct.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    }
    let wide = PanelKernel<Double>(columns: WiderPanelProduct.doubleColumns) {
      WiderPanelProduct.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    }
    return OpenBLAS.processorIsWider ? [narrow, wide] : [narrow]
  }()
  public static let panelKernel = panelKernels[panelKernels.count - 1]
  public static let panelPackers = PanelPackers<Double, Double>(
    lines: { PanelPacking.lines($0, $1, $2, $3, $4, $5) },
    columns: { PanelPacking.columns($0, $1, $2, $3, $4, $5) },
    strips: { PanelPacking.strips($0, $1, $2, $3, $4) })
  public static let inverseFactor: @Sendable (Int, InOut, Int) -> Int = {
    InverseFactorLeaf.invertFactor($0, $1, $2)
  }
  public static let gramOfLower: @Sendable (Int, InOut, Int) -> Void = {
    InverseFactorLeaf.gram($0, $1, $2)
  }
  /// Float32 operands of a product in float64.
  static let wideningPackers = PanelPackers<Float, Double>(
    lines: { PanelPacking.lines($0, $1, $2, $3, $4, $5) },
    columns: { PanelPacking.columns($0, $1, $2, $3, $4, $5) },
    strips: { PanelPacking.strips($0, $1, $2, $3, $4) })
}
