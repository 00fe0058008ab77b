import COpenBLAS
import WideKernels
import WideKernels512

/// The single-precision symbols of OpenBLAS.
public enum SingleRoutines: RealRoutines {
  public typealias Scalar = Float

  public static let cblasGemm = cblas_sgemm
  public static let cblasGemv = cblas_sgemv
  public static let cblasSyrk = cblas_ssyrk
  public static let cblasTrmm = cblas_strmm
  public static let cblasTrsm = cblas_strsm
  public static let lapackGesdd = sgesdd_
  public static let lapackGesvd = sgesvd_
  public static let lapackPotrf = spotrf_
  public static let lapackPotri = spotri_
  public static let lapackSytrf = ssytrf_
  public static let lapackSytrs = ssytrs_
  public static let lapackSyevd = ssyevd_
  public static let lapackSyevr = ssyevr_
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
  public static let panelKernels: [PanelKernel<Float>] = {
    let narrow = PanelKernel<Float>(columns: PanelProduct.singleColumns) {
      PanelProduct.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    }
    let wide = PanelKernel<Float>(columns: WiderPanelProduct.singleColumns) {
      WiderPanelProduct.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    }
    return OpenBLAS.processorIsWider ? [narrow, wide] : [narrow]
  }()
  public static let panelKernel = panelKernels[panelKernels.count - 1]
  public static let panelPackers = PanelPackers<Float, Float>(
    lines: { PanelPacking.lines($0, $1, $2, $3, $4, $5) },
    columns: { PanelPacking.columns($0, $1, $2, $3, $4, $5) },
    strips: { PanelPacking.strips($0, $1, $2, $3, $4) })
  public static let inverseFactor: @Sendable (Int, InOut, Int) -> Int = {
    InverseFactorLeaf.invertFactor($0, $1, $2)
  }
  public static let gramOfLower: @Sendable (Int, InOut, Int) -> Void = {
    InverseFactorLeaf.gram($0, $1, $2)
  }
}
