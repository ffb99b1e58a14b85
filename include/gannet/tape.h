/* SPDX-License-Identifier: MIT */
/* gannet/tape.h - define-by-run automatic differentiation.
 *
 * An op computes its value at once and is remembered on the tape; gn_gradients walks back along what was remembered.
 * The gradient of an op is itself written with ops, so a gradient is an ordinary value that can be differentiated
 * again.
 *
 * Errors. The tape keeps the first one. The op that failed, and every op that follows, gives a poison value: one
 * without elements, which says nothing but that the tape has failed, and is never NULL for a living tape. So a network
 * is written without checks and the caller asks once: gn_backward, gn_gradients and gn_tape_status return the status,
 * gn_context_message the words.
 *
 * Memory. Values live on the tape. gn_tape_reset forgets all of them at once and keeps the memory, so a loop stops
 * allocating after its first rounds. A gn_var is valid until the next reset of its tape. The tape may give back the
 * memory of large values of batch norm and of the (leaky) ReLU before that, and computes them again when something
 * reads them. */
#ifndef GANNET_TAPE_H
#define GANNET_TAPE_H

#include <gannet/random.h>
#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What was computed, and a value on it. */
typedef struct gn_tape gn_tape;
typedef struct gn_var gn_var;

/* Makes an empty tape; the caller frees it. NULL when memory is out. */
GN_API gn_tape *gn_tape_new(gn_context *context);
GN_API void gn_tape_free(gn_tape *tape); /* NULL is fine */

/* Forgets all values and the error, and keeps the memory; recording stays on or off as it was. Every gn_var of this
 * tape becomes invalid. A function that the tape has called (an op's, a module's forward, a loss) may neither reset nor
 * free it: the tape then fails with GN_ERROR_STATE and stays. */
GN_API void gn_tape_reset(gn_tape *tape);

/* The first error since the last reset. */
GN_API gn_status gn_tape_status(const gn_tape *tape);

/* Ends the recording with an error, as a failing op would: for code that builds its own ops and layers. */
GN_API gn_status gn_tape_fail(gn_tape *tape, gn_status status, const char *format, ...) GN_PRINTF(3, 4);

/* The context that the tape was made from. */
GN_API gn_context *gn_tape_context(const gn_tape *tape);

/* While off, ops compute but are not remembered: they take no part in gradients. On after gn_tape_new. Returns the
 * setting before. A function that the tape has called (an op's, a module's forward, a loss) must put it back before it
 * returns; the tape fails with GN_ERROR_STATE otherwise. */
GN_API bool gn_tape_set_recording(gn_tape *tape, bool on);

/* The numbers that random ops (dropout) draw from: (seed, stream) with the index counting on. A fresh tape draws from
 * the context's seed, and every reset moves on to the next stream; set it to make a step repeatable. */
GN_API void gn_tape_set_random(gn_tape *tape, gn_random random);
GN_API gn_random *gn_tape_random(gn_tape *tape);

/* --- values ------------------------------------------------------------------------------------------------------- */

/* A value that shares the tensor's memory: the tensor must stay, unchanged, until the next reset. NULL fails the tape,
 * with the status and words of the context's last failure, which may be why. */
GN_API gn_var *gn_input(gn_tape *tape, const gn_tensor *tensor);

/* A value with a copy of gn_shape_count(shape) numbers. */
GN_API gn_var *gn_values(gn_tape *tape, gn_shape shape, const gn_real *values);

/* A value with every element equal to number; gn_constant is of rank 0. */
GN_API gn_var *gn_full(gn_tape *tape, gn_shape shape, gn_real number);
GN_API gn_var *gn_constant(gn_tape *tape, gn_real number);

/* The tape that the value stands on, and its shape. */
GN_API gn_tape *gn_var_tape(const gn_var *var);
GN_API gn_shape gn_var_shape(const gn_var *var);

/* The elements, owned by the tape. Once asked for they stay where they are until the next reset. NULL for a poison
 * value, a value from before the last reset, and when there is no memory to compute again what was given back. */
GN_API const gn_real *gn_var_data(const gn_var *var);

/* The only element of a value of one element; NaN for any other. */
GN_API gn_real gn_var_number(const gn_var *var);

/* --- parameters --------------------------------------------------------------------------------------------------- */

/* A tensor that training changes, with its gradient. Modules own theirs; see gannet/module.h. */
typedef struct gn_parameter gn_parameter;

/* Makes a parameter of zeros. name is copied. NULL with GN_ERROR_ARGUMENT for a name that is NULL or
 * empty, GN_ERROR_SHAPE for a shape that is not valid, or GN_ERROR_MEMORY. The caller frees it. */
GN_API gn_parameter *gn_parameter_new(gn_context *context, const char *name, gn_shape shape);
GN_API void gn_parameter_free(gn_parameter *parameter); /* NULL is fine; a module's is refused (GN_ERROR_STATE) */

/* Its path from the root of its module, and its elements; both are owned by the parameter. */
GN_API const char *gn_parameter_name(const gn_parameter *parameter);
GN_API gn_tensor *gn_parameter_value(gn_parameter *parameter);

/* The gradient that the last gn_backward wrote; NULL when there was none. Owned by the parameter. */
GN_API gn_tensor *gn_parameter_gradient(gn_parameter *parameter);

/* A frozen parameter is left out by gn_backward and optimizers. */
GN_API void gn_parameter_set_frozen(gn_parameter *parameter, bool frozen);
GN_API bool gn_parameter_frozen(const gn_parameter *parameter);

/* The parameter's value on a tape (shared memory, no copy). Asked twice between resets it is the same gn_var. */
GN_API gn_var *gn_parameter_var(gn_tape *tape, gn_parameter *parameter);

/* Lets a computed value stand for the parameter on its tape until the next reset: gradients can then flow through
 * what was done to the parameter, an optimizer's step for example. Shapes must be equal. gn_backward gives the value's
 * gradient to every parameter that it stands for. */
GN_API gn_status gn_parameter_bind(gn_parameter *parameter, gn_var *value);

/* Parameters to be trained together: count of them. */
typedef struct gn_parameter_list {
    gn_parameter **items;
    size_t count;
} gn_parameter_list;

/* --- gradients ---------------------------------------------------------------------------------------------------- */

/* The gradients of the sum of output's elements with regard to inputs[0..count-1]: gradients[i] has the shape of
 * inputs[i], zeros where output does not depend on it. Only what is asked for is computed. With create_graph the
 * gradients are recorded like any other values and can be differentiated again; without, the fast fused gradients run.
 * inputs and gradients must not be one array. An output that was not recorded depends on nothing, itself included.
 * Returns the tape's status; GN_ERROR_UNSUPPORTED names an op that has no (second) derivative. */
GN_API gn_status gn_gradients(gn_var *output, gn_var *const *inputs, size_t count, bool create_graph,
                              gn_var **gradients);

/* The vector-Jacobian product: as gn_gradients, of sum(output * output_gradient). */
GN_API gn_status gn_vector_jacobian(gn_var *output, gn_var *output_gradient, gn_var *const *inputs, size_t count,
                                    bool create_graph, gn_var **gradients);

/* Writes d loss / d parameter into the gradient of each parameter of the list that is not frozen, in place of what was
 * there. loss has one element. A parameter that loss does not depend on gets zeros: so all do, with GN_OK, when loss
 * was computed while recording was off. When it fails the gradients are undefined. A gradient that it writes must not
 * be an input of what the loss was computed from. GN_ERROR_STATE when a gradient function calls it, which may call
 * gn_gradients. A NULL loss is told to the parameters' context. */
GN_API gn_status gn_backward(gn_var *loss, gn_parameter_list parameters);

/* As gn_backward, but adds to the gradients that are there: for batches cut in parts. */
GN_API gn_status gn_backward_add(gn_var *loss, gn_parameter_list parameters);

/* --- ops of one's own --------------------------------------------------------------------------------------------- */

enum { GN_MAX_INPUTS = 8 };

/* An op: how its value is computed, and how its gradient is made of other ops. The library's own ops are described by
 * the same struct; docs/howto-op.md shows one from start to end. */
typedef struct gn_op {
    const char *name;

    /* Computes out's elements (gn_op_output) from its inputs (gn_op_input) and attributes. */
    gn_status (*forward)(gn_var *out);

    /* Sets gradients[i], for each i with wanted[i], to the gradient with regard to input i, given out_gradient, which
     * has out's shape; a gradient left NULL stands for zeros. NULL for the function: the op is constant (its gradient
     * is zero everywhere), or, with first_order_only, has none at all. */
    void (*gradient)(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients);

    /* True when gradient must not be differentiated again: with create_graph a pass through the op is then
     * GN_ERROR_UNSUPPORTED, and without a gradient function any pass. */
    bool first_order_only;
} gn_op;

/* Records one application of op on the tape of inputs[0] and computes it. attributes (attribute_size bytes, may be 0)
 * are copied. The caller has checked the inputs; poison inputs give a poison value. op must outlive the tape. NULL
 * only when there is no tape to fail: inputs is NULL, all of them are, or count is below 1. All else that is wrong
 * fails the tape, and so does a forward that does not answer GN_OK, with the words that it left by gn_context_fail, or
 * those of its status. */
GN_API gn_var *gn_record(const gn_op *op, gn_var *const *inputs, int count, gn_shape shape, const void *attributes,
                         size_t attribute_size);

/* For the functions of a gn_op. Input index of a value, NULL when it has none of that number; the tape's copy of the
 * attributes that gn_record was given, NULL for none; and the elements for forward to write,
 * gn_shape_count(gn_var_shape(var)) of them, which the tape owns. */
GN_API gn_var *gn_op_input(const gn_var *var, int index);
GN_API const void *gn_op_attributes(const gn_var *var);
GN_API gn_real *gn_op_output(gn_var *var);

/* The name of the op that made this value; "input" or "parameter" for values that no op made. */
GN_API const char *gn_var_op_name(const gn_var *var);

#ifdef __cplusplus
}
#endif
#endif
