/* SPDX-License-Identifier: MIT */
/* gannet/metrics.h - how good, how varied and how true to their labels generated pictures are.
 *
 * Every metric takes tensors of numbers, one row to a picture: features [N,D] (pixels, or what a classifier that was
 * trained with this library makes of them), logits [N,K] of such a classifier, labels [N] (class numbers, whole and
 * below 2^24). Results are double and the same bits at any thread count. A metric that fails returns GN_ERROR_SHAPE,
 * GN_ERROR_ARGUMENT, GN_ERROR_NUMBER (an element that is not finite, or a row too long for float) or GN_ERROR_MEMORY
 * with a message that names it, and leaves its results alone.
 *
 * Distances are taken from products in float, after what all rows have in common has been subtracted: of rows that are
 * a thousand times as far from the others as from each other one digit is left.
 *
 * None of these numbers can be compared with those that ImageNet's Inception network gives under similar names (FID,
 * KID, IS): the features are others. Compare with the floor, the distance of real training pictures to real test
 * pictures. */
#ifndef GANNET_METRICS_H
#define GANNET_METRICS_H

#include <gannet/random.h>
#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- by a classifier's opinion ------------------------------------------------------------------------------------ */

/* The share of rows whose largest logit is at the label: of all rows, and (per_class not NULL) of the rows of each
 * class, K numbers, NaN for a class without rows. For pictures drawn with requested labels this is the
 * class-conditional accuracy. */
GN_API gn_status gn_label_accuracy(const gn_tensor *logits, const gn_tensor *labels, double *accuracy,
                                   double *per_class);

/* exp(mean over rows of KL(p(y|x) || p(y))), p = softmax(logits), p(y) its mean: 1 (all alike) to K (sure, and every
 * class as often). Inception score's formula (Salimans et al. 2016) with a classifier of one's own. The rows are cut
 * into `splits` parts in order (at least 1, at most N): score is the mean over the parts, deviation (may be NULL) their
 * standard deviation. */
GN_API gn_status gn_classifier_score(const gn_tensor *logits, int splits, double *score, double *deviation);

/* --- between two sets of features --------------------------------------------------------------------------------- */

/* |mean_a - mean_b|^2 + trace(C_a + C_b - 2 (C_a C_b)^(1/2)), C the covariances (divided by n-1): the squared
 * Wasserstein-2 distance of two normal distributions (Frechet; Heusel et al. 2017 with Inception's features). a [N,D],
 * b [M,D], N and M at least 2, D at most 4096. GN_ERROR_UNSUPPORTED in a build without LAPACK. */
GN_API gn_status gn_frechet_distance(const gn_tensor *a, const gn_tensor *b, double *distance);

/* The unbiased estimate of the squared maximum mean discrepancy under the kernel (x.y / D + 1)^3 (Binkowski et al.
 * 2018); it can be below 0. a [N,D], b [M,D], N and M at least 2. */
GN_API gn_status gn_kernel_distance(const gn_tensor *a, const gn_tensor *b, double *distance);

/* The mean over random directions (unit vectors, drawn from seed) of the Wasserstein-1 distance between the projections
 * of a [N,D] and b [M,D] (Rabin et al. 2011; Karras et al. 2018 take patches of a Laplacian pyramid instead of whole
 * rows). projections at least 1. */
GN_API gn_status gn_sliced_wasserstein(const gn_tensor *a, const gn_tensor *b, int projections, uint64_t seed,
                                       double *distance);

/* With the ball around each picture that reaches to its k-th nearest neighbour in its own set (1 <= k < N, M):
 *   precision  share of fakes inside the ball of some real picture       (Kynkaanniemi et al. 2019)
 *   recall     share of real pictures inside the ball of some fake
 *   density    real balls that hold a fake, mean over the fakes, over k  (Naeem et al. 2020)
 *   coverage   share of real pictures whose ball holds some fake
 * What lies on the surface of a ball is outside, as in Naeem et al.'s program (Kynkaanniemi et al. count it as
 * inside). */
typedef struct gn_neighbourhood_report {
    double precision, recall, density, coverage;
} gn_neighbourhood_report;
GN_API gn_status gn_neighbourhood_metrics(const gn_tensor *real, const gn_tensor *fake, int k,
                                          gn_neighbourhood_report *report);

/* The share of test rows whose nearest training row (the first of equals) has another label: trained on generated
 * pictures and tested on real ones it tells whether they can stand in for them (Radford et al. 2016, supplement). */
GN_API gn_status gn_nearest_neighbour_error(const gn_tensor *train, const gn_tensor *train_labels,
                                            const gn_tensor *test, const gn_tensor *test_labels, double *error);

/* The mean distance |x - x'| of two different rows with the same label (labels NULL: of any two rows); classes with one
 * row do not count. Falls when a generator collapses. GN_ERROR_ARGUMENT when no class has two rows. */
GN_API gn_status gn_diversity(const gn_tensor *features, const gn_tensor *labels, double *diversity);

/* --- modes -------------------------------------------------------------------------------------------------------- */

/* A mixture of normal distributions of one deviation: each point belongs to the nearest centre (the first of equals)
 * and counts when it is nearer than 3 deviations. A mode is covered by one point that counts (Srivastava et al. 2017;
 * Lin et al. 2018). points [N,D], centres [K,D]. reverse_divergence is KL(share of counting points by mode || 1/K), NaN
 * when none counts. */
typedef struct gn_mode_report {
    int64_t modes;       /* covered */
    double high_quality; /* share of points that count */
    double reverse_divergence;
} gn_mode_report;
GN_API gn_status gn_mixture_modes(const gn_tensor *points, const gn_tensor *centres, double deviation,
                                  gn_mode_report *report);

/* The same for points whose mode is told by a classifier: numbers [N], each 0 .. modes-1 (100 a + 10 b + c for stacked
 * digits); all points count. modes: 1 to 2^24. */
GN_API gn_status gn_mode_histogram(const gn_tensor *numbers, int64_t modes, gn_mode_report *report);

/* --- likelihood --------------------------------------------------------------------------------------------------- */

/* Log-likelihood of test rows under a Parzen window of the samples: log mean_i N(x; sample_i, deviation^2 I), in nats.
 * The deviation is the best of 10 from 10^-1 to 10^0, evenly spaced in the logarithm, by the mean over the validation
 * rows (Goodfellow et al. 2014, with the first 1,000 of 10,000 validation pictures and pixels in [0,1]). samples [S,D],
 * validation [V,D], test [T,D]. A poor estimate in many dimensions, kept for comparison with the papers of its time. */
typedef struct gn_parzen_report {
    double log_likelihood; /* mean over the test rows */
    double standard_error; /* their standard deviation (n) / sqrt(T) */
    double deviation;      /* the window that was chosen */
} gn_parzen_report;
GN_API gn_status gn_parzen_log_likelihood(const gn_tensor *samples, const gn_tensor *validation, const gn_tensor *test,
                                          gn_parzen_report *report);

#ifdef __cplusplus
}
#endif
#endif
