/* SPDX-License-Identifier: MIT */
/* gannet/data.h - data sets of labelled images, and batches of them.
 *
 * Each function that makes or loads something gives an object that the caller frees (gn_dataset_free, gn_batches_free),
 * or NULL, and the context then has status and message: GN_ERROR_MEMORY beside those that are named, GN_ERROR_ARGUMENT
 * for a NULL or an option out of range. */
#ifndef GANNET_DATA_H
#define GANNET_DATA_H

#include <gannet/random.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Labelled pictures, which are read or made one at a time. */
typedef struct gn_dataset gn_dataset;

/* A data set: count images of one shape, pixels in [-1, 1], each with a class number. */
typedef struct gn_dataset_source {
    int64_t count; /* images in an epoch */
    int64_t height, width, channels;
    int classes;

    /* Writes image index (height*width*channels numbers, meant to be in [-1,1], which is not checked) and its label
     * (0..classes-1). Must give the same bits for the same index, and may be called by several threads at once. Must
     * not use the batches that are being filled: gn_batches_next then gives NULL without a message. Must not fail the
     * context either: any other answer than GN_OK fails the batch, with the image's number and what the status
     * means. */
    gn_status (*item)(const void *user, int64_t index, gn_real *image, int *label);

    /* Frees user; may be NULL. */
    void (*free_user)(gn_context *context, void *user);
    void *user;

    /* What a class is called; may be NULL. The text lives as long as user. */
    const char *(*class_name)(const void *user, int label);
} gn_dataset_source;

/* Makes a data set from one's own source, which is copied; user is freed with it (also when this call fails; context
 * may then be NULL). GN_ERROR_ARGUMENT unless there is an item function, count is 1 to 2^31-1 and classes at least 1;
 * GN_ERROR_SHAPE for other sizes of an image. */
GN_API gn_dataset *gn_dataset_new(gn_context *context, const gn_dataset_source *source);

/* NULL is fine. Batches made of it may be freed later; until then its source is used. */
GN_API void gn_dataset_free(gn_dataset *dataset);

/* What the data set is made of; NULL and 0 for a NULL data set. */
GN_API gn_context *gn_dataset_context(const gn_dataset *dataset);
GN_API int64_t gn_dataset_count(const gn_dataset *dataset);
GN_API gn_shape gn_dataset_image_shape(const gn_dataset *dataset); /* [height,width,channels] */
GN_API int gn_dataset_classes(const gn_dataset *dataset);

/* The name of class `label`, which lives as long as the data set; NULL when the classes have none, or there is no such
 * class. */
GN_API const char *gn_dataset_class_name(const gn_dataset *dataset, int label);

/* Writes images start .. start+N-1 of the given order (a list of image numbers; NULL: as they stand) into tensors
 * images [N,height,width,channels] and labels [N]; labels may be NULL. When the source fails, the first image that
 * did is reported with the status that the source gave, or with GN_ERROR_FORMAT for a label out of range. */
GN_API gn_status gn_dataset_gather(gn_dataset *dataset, const uint32_t *order, int64_t start, gn_tensor *images,
                                   gn_tensor *labels);

/* Which part of a data set: pictures to learn from, or others to test with. */
typedef enum gn_split { GN_SPLIT_TRAIN = 0, GN_SPLIT_TEST } gn_split;

/* --- built-in digits ---------------------------------------------------------------------------------------------- */

/* Grey 28x28 digits that look handwritten, drawn from stroke models: several writing styles per class with random
 * slant, scale, rotation, position, stroke width and wobble, anti-aliased. Image i of a seed is the same bits on
 * every machine; its label is drawn with it. Background -1, ink up to 1. Needs no file. */
typedef struct gn_digits_options {
    uint64_t seed;
    int64_t count; /* images in an epoch: default 60,000, at most 2^31-1 */
} gn_digits_options;
GN_API gn_dataset *gn_digits_new(gn_context *context, const gn_digits_options *options);

/* --- IDX files (MNIST and its kin) -------------------------------------------------------------------------------- */

/* Reads images (magic 0x00000803, unsigned bytes) and labels (0x00000801), plain or gzip, and holds them as bytes;
 * pixels b become b/127.5 - 1. The number of classes is the largest label + 1. A file that cannot be read is
 * GN_ERROR_IO; one that is damaged, does not match its header in length, or says that it holds more than 4 GiB is
 * GN_ERROR_FORMAT, and so are files whose counts differ. */
GN_API gn_dataset *gn_idx_load(gn_context *context, const char *images_path, const char *labels_path);

/* Finds the files of a directory by MNIST's names: {train,t10k}-images-idx3-ubyte and -labels-idx1-ubyte, plain or else
 * with .gz. Errors as gn_idx_load. */
GN_API gn_dataset *gn_mnist_load(gn_context *context, const char *directory, gn_split split);

/* --- CIFAR-10 ----------------------------------------------------------------------------------------------------- */

/* Reads the binary form from a folder: data_batch_1.bin to data_batch_5.bin, or test_batch.bin. Pictures [32,32,3] of
 * ten classes ("airplane", "automobile", ...), held as bytes. GN_ERROR_IO for a file that cannot be read,
 * GN_ERROR_FORMAT for one that is empty, no multiple of 3,073 bytes, larger than 50,000 pictures, or has a label above
 * 9. */
GN_API gn_dataset *gn_cifar10_load(gn_context *context, const char *directory, gn_split split);

/* --- NumPy's arrays ----------------------------------------------------------------------------------------------- */

/* Pictures [N,H,W] or [N,H,W,C] in a .npy file, of the kinds that gn_npy_load reads: bytes (u1, b1) b become b/127.5 -
 * 1, other numbers must lie in [-1,1]; that none is below 0 is logged as a warning. Labels [N] in another, whole
 * numbers from 0 (to 65,535); the number of classes is the largest + 1. labels_path may be NULL: then there is one
 * class. Files are held in memory as they are. GN_ERROR_IO for what cannot be read, GN_ERROR_FORMAT for other kinds,
 * shapes and numbers, sides over 65,536, and for counts that differ. */
GN_API gn_dataset *gn_arrays_load(gn_context *context, const char *images_path, const char *labels_path);

/* --- a folder of pictures ----------------------------------------------------------------------------------------- */

/* PNG and JPEG files (.png, .jpg, .jpeg) in one folder for each class, named after it; classes are numbered in the
 * order of the bytes of their names. Hidden files and those with other endings are left out; the latter are logged, a
 * warning for each folder with their number and the name of one. Each picture is scaled until its shorter side is
 * `size` (a mean over the area when it shrinks, bilinear when it grows) and its middle is cut out. The numbers of the
 * file are taken as they are, without its gamma; grey is 0.299 R + 0.587 G + 0.114 B; what is transparent stands on
 * black; how a camera was held (EXIF) does not turn a picture. Of the pictures of a class, in the order of their names,
 * every tenth is for the test, the others are for training. All are held as bytes, size x size x channels each.
 * GN_ERROR_IO for what cannot be read; GN_ERROR_FORMAT for more than 256 classes or 4 GiB in all, for a class without
 * pictures, for none to test with, and for a file that is no picture, damaged, of more than 64 MiB or 2^26 pixels, a
 * JPEG of CMYK or of more than 100 scans. */
typedef struct gn_folder_options {
    int64_t size; /* 1 to 1024 */
    int channels; /* 1: grey, 3: coloured; default 3 */
    gn_split split;
    bool skip_damaged; /* leave out what is GN_ERROR_FORMAT, each with a warning that says why, unless it is all */
} gn_folder_options;
GN_API gn_dataset *gn_folder_load(gn_context *context, const char *directory, const gn_folder_options *options);

/* --- batches ------------------------------------------------------------------------------------------------------ */

/* A batch: images [size,height,width,channels] and labels [size] (class numbers), owned by the iterator. size is the
 * number of images, less than that of the options only for the last batch of an epoch with keep_last. conditions
 * [size,K] is for rows of numbers that describe the pictures (text embeddings, say); iterators leave it NULL. A batch
 * of one's own may be given to gn_gan_step, too; size is then 0 or the number of images, and pixels are checked to be
 * finite, not to be in [-1,1]. */
typedef struct gn_batch {
    const gn_tensor *images, *labels;
    int64_t size;
    const gn_tensor *conditions;
} gn_batch;

/* How batches are cut from a data set. */
typedef struct gn_batches_options {
    int64_t size;  /* images in a batch: at least 1, at most as many as are used */
    uint64_t seed; /* the order of epoch e is a function of (seed, e) */
    /* also give the smaller batch that is left at an epoch's end when size does not divide the count; packing,
     * accumulation and minibatch stddev's groups must divide that one, too, and batch norm learns nothing from one
     * row */
    bool keep_last;
    bool in_order; /* no shuffling */
    int64_t count; /* only the first so many images of the data set; 0: all */

    /* A thread of its own gathers the next batch while this one is used: for sources that wait (for a disk, say) or
     * take long. Batches are the same. The source is called from that thread; it takes room for a second batch. */
    bool prefetch;
} gn_batches_options;

/* An endless iterator over the batches of a data set. */
typedef struct gn_batches gn_batches;

/* Makes an endless iterator over a data set, which it keeps until it is freed. */
GN_API gn_batches *gn_batches_new(gn_dataset *dataset, const gn_batches_options *options);

/* NULL is fine. Ignored when an item asks for it that these batches wait for. */
GN_API void gn_batches_free(gn_batches *batches);

/* The next batch, valid until the next call; NULL on failure, and then the position stays. Allocates nothing. */
GN_API const gn_batch *gn_batches_next(gn_batches *batches);

/* The number of batches in an epoch, with the smaller one at its end if keep_last gives that; 0 for NULL. */
GN_API int64_t gn_batches_per_epoch(const gn_batches *batches);

/* The number of batches given so far; setting it continues from there (it is all the state there is). One that is
 * negative, or 2^62 or more, is ignored. */
GN_API int64_t gn_batches_position(const gn_batches *batches);
GN_API void gn_batches_set_position(gn_batches *batches, int64_t position);

#ifdef __cplusplus
}
#endif
#endif
