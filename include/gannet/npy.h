/* SPDX-License-Identifier: MIT */
/* gannet/npy.h - NumPy's files: one array (.npy), or several with names (.npz).
 *
 * Written are little-endian float32 arrays ('<f4'; counters '<u8') in C order, which numpy.load reads. Read are arrays
 * of numbers, little-endian and in C order, of at most 6 axes: f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8 and b1, which become
 * gn_real (rounded where it has fewer digits). All others are refused, with what to do about it: Fortran order,
 * big-endian, complex, texts, structures, and Python objects, which would be code from a stranger. */
#ifndef GANNET_NPY_H
#define GANNET_NPY_H

#include <gannet/archive.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a tensor: write beside, rename. GN_ERROR_IO names the file and the cause. */
GN_API gn_status gn_npy_save(const gn_tensor *tensor, const char *path);

/* Reads an array as a new tensor, which the caller frees. NULL with GN_ERROR_IO, or GN_ERROR_FORMAT and the reason: not
 * a .npy file of version 1 to 3, a header over 10,000 bytes, one of the arrays that are refused, an axis of size 0, a
 * file that is shorter or longer than its shape says. No memory is taken before that is known. */
GN_API gn_tensor *gn_npy_load(gn_context *context, const char *path);

/* Writes an archive's tensors and counters, compressed, in the order in which they were added; its texts are left out,
 * since .npz has no place for them. Equal contents give equal bytes (with one version of zlib). GN_ERROR_UNSUPPORTED
 * for an array, or a file, of about 4 GiB, or more than 10,000 arrays; GN_ERROR_STATE for an archive that was read. */
GN_API gn_status gn_npz_save(const gn_archive *archive, const char *path);

/* Reads a .npz file, compressed or not, as an archive whose tensors have the names of the arrays (gn_archive_get and
 * the rest). NULL with GN_ERROR_IO, or GN_ERROR_FORMAT and the reason: not a ZIP file, anything in it but .npy files as
 * above (of which axes may have size 0), a wrong checksum, members that overlap or do not stand in the order of the
 * list, encryption, ZIP64 sizes, more than 10,000 arrays. Memory: the file's size and that of the arrays in it. */
GN_API gn_archive *gn_npz_load(gn_context *context, const char *path);

#ifdef __cplusplus
}
#endif
#endif
