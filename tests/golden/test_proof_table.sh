# SPDX-License-Identifier: MIT
# tests/golden/test_proof_table.sh - one table of what is proven: for every op, layer, loss and optimizer the error of its gradients
# against central differences in double, and its distance from PyTorch. An empty cell has its reason in it, or the test fails.
set -eu
cd "$BUILD_DIR/tests"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./test_double_op_gradients >"$folder/gradients" 2>/dev/null
./test_golden_layers >"$folder/layers" 2>/dev/null
./test_golden_modules >"$folder/modules" 2>/dev/null
./test_golden_optimizers >"$folder/optimizers" 2>/dev/null

awk '
    function worst(a, b, c) { a = a + 0 > b + 0 ? a : b; return a + 0 > c + 0 ? a : c }
    FILENAME ~ /gradients$/ && NF == 3 && $2 ~ /e[-+]/ { first[$1] = $2; second[$1] = $3; order[++n] = $1 }
    FILENAME ~ /(layers|modules)$/ && NF == 4 && $2 ~ /e[-+]/ { torch[$1] = worst($2, $3, $4); if (!($1 in first)) { order[++n] = $1 } }
    FILENAME ~ /optimizers$/ && NF == 2 && $2 ~ /e[-+]/ { torch[$1] = $2; order[++n] = $1; update[$1] = 1 }
    END {
        made["dense"] = "linear"; made["conv2d_same"] = "conv2d"; made["maxout"] = "linear, max"; made["embedding"] = "gather_rows"
        made["upsample"] = "upsample_nearest2d"; made["relu"] = "leaky_relu"; made["mean"] = "sum, scale"; made["bce"] = "softplus, mul, sum"
        made["mse"] = "sub, square, sum"; made["hinge"] = "leaky_relu, sum"; made["cross_entropy"] = "log_softmax, mul, sum"
        made["residual"] = "add"; made["join"] = "concat, add, mul"; made["label_concat"] = "broadcast, concat"
        made["conditional_batch_norm"] = "batch_norm, matmul"; made["projection"] = "linear, matmul, sum"
        made["spectral_norm"] = "matmul, div"; made["minibatch_stddev"] = "mean, sqrt, concat"
        made["minibatch_discrimination"] = "matmul, pair_distances, exp"; made["gru"] = "linear, sigmoid, tanh"
        same["upsample_nearest2d"] = "upsample"; same["linear"] = "dense"
        inner["clamp_gradient"] = "clamp"; inner["leaky_relu_gradient"] = "leaky_relu"; inner["tanh_gradient"] = "tanh"
        inner["sigmoid_gradient"] = "sigmoid"; inner["take"] = "max"; inner["put"] = "max"; inner["avg_pool2d_gradient"] = "avg_pool2d"
        inner["conv2d_kernel_gradient"] = "conv2d"; inner["batch_norm_sums"] = "batch_norm"; inner["batch_norm_gradient"] = "batch_norm"
        inner["one_hot"] = "cross_entropy"; inner["pair_sums"] = "minibatch_discrimination"
        printf "%-24s %14s %14s   %s\n", "op, layer or loss", "first order", "second order", "distance from PyTorch"
        for (i = 1; i <= n; i++) {
            name = order[i]
            a = name in first ? first[name] : name in update ? "no gradient" : name in made ? "made of" : ""
            b = name in second ? second[name] : name in update ? "no gradient" : name in made ? made[name] : ""
            c = name in torch ? torch[name] : name in same ? torch[same[name]] : name in inner ? "the gradient inside " inner[name] : ""
            if (name == "one_hot") c = "constant; inside cross_entropy"
            if (name == "batch_norm_given") c = "what batch_norm makes of averages, where nothing is recorded"
            if (name == "pair_distances") c = "inside minibatch_discrimination"
            printf "%-24s %14s %14s   %s\n", name, a, b, c
            if (a == "" || b == "" || c == "") { empty++; print "   an empty cell without a reason" }
        }
        exit empty > 0 || n < 68
    }' "$folder/gradients" "$folder/layers" "$folder/modules" "$folder/optimizers"
