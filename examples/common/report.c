/* SPDX-License-Identifier: MIT */
/* examples/common/report.c - what a program found out, as one HTML page that needs no other file and no network. */
#include "common/report.h"

#include "common/plain_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 4096 };

struct report {
    gn_context *context;
    FILE *top, *page; /* into the texts: the head, up to what was found; and the rest */
    char *top_text, *page_text;
    size_t top_length, page_length;
    bool found;       /* anything yet */
    bool in_row;      /* begun and not ended */
    gn_status status; /* the first failure */
};

static const char style[] =
    "*{box-sizing:border-box}body{margin:0 auto;padding:1.2rem;max-width:62rem;font:16px/1.55 system-ui,sans-serif;"
    "overflow-wrap:break-word;background:#fff;color:#1b1b1f}h1{line-height:1.2;margin:.4em 0}h2{margin:2em 0 .4em}"
    "p.summary{font-size:1.1em}p.finding{border-left:4px solid #0072b2;padding:.4em .9em;background:#eef5fb}"
    "h3{font-size:1em;margin:1.6em 0 0}figure{margin:1.2em 0}figcaption{font-size:.9em;opacity:.8}"
    "img{max-width:100%;height:auto;image-rendering:pixelated}"
    ".row{display:flex;flex-wrap:wrap;gap:0 1em}.row figure{width:min-content;margin:.6em 0}"
    ".row img{max-width:calc(100vw - 2.4rem)}"
    "@media(max-width:30rem){.row:has(figure:nth-child(3)) img[width]{width:calc(50vw - 1.8rem)}}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.93em}"
    "th,td{padding:.25em .7em;border-bottom:1px solid #8884;text-align:right}td{white-space:nowrap}"
    "th{vertical-align:bottom}th:first-child,td:first-child{text-align:left;white-space:normal;min-width:8em}"
    "@media(prefers-color-scheme:dark){body{background:#16181c;color:#e4e4e7}p.finding{background:#1d2a36;"
    "border-color:#56b4e9}}\n";

static void write_head(FILE *top, const char *title, const char *summary)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
          top);
    write_escaped(top, title);
    fprintf(top, "</title>\n<style>\n%s", style);
    chart_style(top);
    fputs("</style>\n</head>\n<body>\n<h1>", top);
    write_escaped(top, title);
    fputs("</h1>\n<p class=\"summary\">", top);
    write_escaped(top, summary);
    fputs("</p>\n", top);
}

report *report_new(gn_context *context, const char *title, const char *summary)
{
    report *page = calloc(1, sizeof *page);
    if (page != NULL) {
        page->context = context;
        page->top = open_memstream(&page->top_text, &page->top_length);
        page->page = open_memstream(&page->page_text, &page->page_length);
    }
    if (page == NULL || page->top == NULL || page->page == NULL) {
        report_free(page);
        gn_context_fail(context, GN_ERROR_MEMORY, "report: no memory for the page");
        return NULL;
    }
    write_head(page->top, title, summary);
    return page;
}

void report_free(report *page)
{
    if (page == NULL)
        return;
    if (page->top != NULL)
        fclose(page->top);
    if (page->page != NULL)
        fclose(page->page);
    free(page->top_text);
    free(page->page_text);
    free(page);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static void write_element(FILE *to, const char *element, const char *attributes, const char *text)
{
    fprintf(to, "<%s%s>", element, attributes);
    write_escaped(to, text);
    fprintf(to, "</%s>\n", element);
}

static void write_paragraph(FILE *to, const char *attributes, const char *format, va_list arguments) GN_PRINTF(3, 0);
static void write_paragraph(FILE *to, const char *attributes, const char *format, va_list arguments)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, arguments);
    write_element(to, "p", attributes, text);
}

void report_row_begin(report *page)
{
    fputs("<div class=\"row\">\n", page->page);
    page->in_row = true;
}

void report_row_end(report *page)
{
    if (page->in_row)
        fputs("</div>\n", page->page);
    page->in_row = false;
}

void report_heading(report *page, const char *text)
{
    report_row_end(page);
    write_element(page->page, "h2", "", text);
}

void report_text(report *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_paragraph(page->page, "", format, arguments);
    va_end(arguments);
}

void report_listing(report *page, const char *text)
{
    fputs("<div class=\"scroll\">", page->page);
    write_element(page->page, "pre", "", text);
    fputs("</div>\n", page->page);
}

void report_finding(report *page, const char *format, ...)
{
    if (!page->found)
        write_element(page->top, "h2", "", "What was found");
    page->found = true;
    va_list arguments;
    va_start(arguments, format);
    write_paragraph(page->top, " class=\"finding\"", format, arguments);
    va_end(arguments);
}

void report_table(report *page, const table *t, const char *caption)
{
    if (t->failed)
        page->status = gn_context_fail(page->context, GN_ERROR_MEMORY, "report: no memory for a table");
    fputs("<figure>\n", page->page);
    write_element(page->page, "figcaption", "", caption);
    fputs("<div class=\"scroll\"><table><thead><tr>", page->page);
    for (size_t c = 0; c < t->column_count; c++)
        write_element(page->page, "th", " scope=\"col\"", t->columns[c]);
    fputs("</tr></thead>\n<tbody>\n", page->page);
    for (size_t row = 0; row < table_rows(t); row++) {
        fputs("<tr>", page->page);
        for (size_t c = 0; c < t->column_count; c++)
            write_element(page->page, "td", "", table_text(t, row, c));
        fputs("</tr>\n", page->page);
    }
    fputs("</tbody></table></div>\n</figure>\n", page->page);
}

void report_chart(report *page, const chart *c, const char *caption)
{
    write_element(page->page, "h3", "", c->title);
    fputs("<figure>\n", page->page);
    chart_write(page->page, c);
    write_element(page->page, "figcaption", "", caption);
    fputs("</figure>\n", page->page);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/* Three bytes become four letters (RFC 4648). */
static void write_base64(FILE *to, const unsigned char *bytes, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        const size_t n = count - i < 3 ? count - i : 3;
        const uint32_t group = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (n > 2 ? (uint32_t)bytes[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            fputc(k <= n ? letters[group >> (18 - 6 * k) & 63] : '=', to);
    }
}

/* 3 bytes at a time, so that only the last portion needs filling up. */
static void write_file_base64(FILE *to, FILE *from)
{
    unsigned char bytes[3 * 1024];
    size_t count;
    while ((count = fread(bytes, 1, sizeof bytes, from)) > 0)
        write_base64(to, bytes, count);
}

static uint32_t big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The kind of a picture and its width, 0 when that follows from its place on the page. */
static const char *find_kind(FILE *file, uint32_t *width)
{
    unsigned char b[24] = {0};
    const size_t count = fread(b, 1, sizeof b, file);
    rewind(file);
    *width = 0;
    if (count == sizeof b && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0) {
        *width = big_endian(b + 16);
        return "png";
    }
    if (count >= 10 && memcmp(b, "GIF8", 4) == 0) {
        *width = (uint32_t)b[6] | (uint32_t)b[7] << 8;
        return "gif";
    }
    return count > 0 && b[0] == '<' ? "svg+xml" : NULL;
}

void report_picture(report *page, const char *path, const char *alternative, const char *caption, int scale)
{
    FILE *file = fopen(path, "rb");
    uint32_t width = 0;
    const char *kind = file == NULL ? NULL : find_kind(file, &width);
    if (kind == NULL) {
        page->status = gn_context_fail(page->context, GN_ERROR_IO, "%s: cannot take it into the report: %s", path,
                                       file == NULL ? strerror(errno) : "not a PNG, GIF or SVG file");
    } else {
        fputs("<figure><img alt=\"", page->page);
        write_escaped(page->page, alternative);
        if (width > 0)
            fprintf(page->page, "\" width=\"%u", width * (unsigned)scale);
        fprintf(page->page, "\" src=\"data:image/%s;base64,", kind);
        write_file_base64(page->page, file);
        fputs("\">", page->page);
        write_element(page->page, "figcaption", "", caption);
        fputs("</figure>\n", page->page);
    }
    if (file != NULL)
        fclose(file);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static gn_status write_file(const report *page, const char *path)
{
    char temporary[NAME_SIZE];
    snprintf(temporary, sizeof temporary, "%s.part", path);
    FILE *file = plain_file_create(temporary);
    const bool good = file != NULL && fwrite(page->top_text, 1, page->top_length, file) == page->top_length &&
                      fwrite(page->page_text, 1, page->page_length, file) == page->page_length &&
                      fputs("</body>\n</html>\n", file) >= 0;
    if (plain_file_replace(file, good, temporary, path))
        return GN_OK;
    return gn_context_fail(page->context, GN_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
}

gn_status report_write(report *page, const char *path)
{
    if (fflush(page->top) != 0 || ferror(page->top) || fflush(page->page) != 0 || ferror(page->page))
        return gn_context_fail(page->context, GN_ERROR_MEMORY, "report: no memory for the page");
    return page->status != GN_OK ? page->status : write_file(page, path);
}
