/* SPDX-License-Identifier: MIT */
/* lib/io/crc32c.h - the checksum CRC-32C (Castagnoli; RFC 3720, section 12.1), which is not zlib's. */
#ifndef GN_IO_CRC32C_H
#define GN_IO_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t gn__crc32c(const unsigned char *bytes, size_t size);

#endif
