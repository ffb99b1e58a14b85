/* SPDX-License-Identifier: MIT */
/* examples/common/board.c - a training's events for TensorBoard. */
#include "common/board.h"

#include "common/gan_figures.h"
#include "common/run_folder.h"

#include <math.h>

enum { TAG_SIZE = 256 };

gn_status board_open(gn_context *context, const char *directory, int64_t steps, gn_tensorboard **board)
{
    if (directory == NULL)
        return GN_OK;
    const gn_status status = run_folder_make(context, directory);
    if (status == GN_OK)
        *board = gn_tensorboard_open(context, directory, steps == 0 ? 0 : steps + 1);
    return *board == NULL ? gn_context_status(context) : GN_OK;
}

gn_status board_close(gn_tensorboard **board)
{
    const gn_status status = gn_tensorboard_close(*board);
    *board = NULL;
    return status;
}

gn_status board_scalar(gn_tensorboard *board, const char *tag, int64_t step, double value)
{
    return board == NULL ? GN_OK : gn_tensorboard_scalar(board, tag, step, value);
}

gn_status board_report(gn_tensorboard *board, int64_t step, const gn_gan_report *report)
{
    gan_figure figures[GAN_FIGURES];
    gn_status status = GN_OK;
    gan_figures(report, figures);
    for (int i = 0; i < GAN_FIGURES && status == GN_OK; i++) {
        char tag[TAG_SIZE];
        snprintf(tag, sizeof tag, "gan/%s", figures[i].name);
        if (!isnan(figures[i].value))
            status = board_scalar(board, tag, step, figures[i].value);
    }
    return status;
}

gn_status board_pictures(gn_tensorboard *board, const char *tag, int64_t step, const gn_tensor *pictures,
                         int64_t columns)
{
    return board == NULL ? GN_OK : gn_tensorboard_images(board, tag, step, pictures, columns);
}

gn_status board_parameters(gn_tensorboard *board, int64_t step, gn_module *network)
{
    const gn_parameter_list all = gn_parameters(network);
    gn_status status = GN_OK;
    for (size_t i = 0; i < all.count && status == GN_OK && board != NULL; i++) {
        char tag[TAG_SIZE];
        snprintf(tag, sizeof tag, "parameters/%s", gn_parameter_name(all.items[i]));
        status = gn_tensorboard_histogram(board, tag, step, gn_parameter_value(all.items[i]));
    }
    return status;
}
