# SPDX-License-Identifier: MIT
# docs/api/filter.sed - lets Doxygen see the comments of the headers: those before and behind declarations, but not headings.
/^\/\* SPDX/d
s|^/\* \(gannet/[a-z0-9_.]*\.h\) - |/** @file \1\n * |
/^ *\/\* ---/d
s|^\( *\)/\* |\1/** |
s|\([;,]\) */\* |\1 /**< |
