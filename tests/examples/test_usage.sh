# SPDX-License-Identifier: MIT
# tests/examples/test_usage.sh - help, version, and what is said of a wrong command line: exit code 2 and one line.
. "$SOURCE_DIR/tests/examples/common.sh"

for program in dcgan sample classify label_accuracy evaluate; do
    expect 0 "Examples:" $program --help
    expect 0 "--seed N" $program -h
    expect 0 "$program 0." $program --version
    expect 2 "unknown option '--sed', did you mean '--seed'?" $program --sed 3
    expect 2 "unknown option '--frobnicate' (see $program --help)" $program --frobnicate=1
    expect 2 "unexpected argument 'file'" $program file
    expect 2 "option '--seed' needs a value: --seed N" $program --seed
    expect 2 "option '--seed' is '-1', expected a whole number from 0 to" $program --seed -1
    expect 2 "option '--seed' is '9223372036854775808'" $program --seed=9223372036854775808
    expect 2 "option '--seed' is ' 3'" $program --seed ' 3'
    expect 2 "option '--seed' is ''" $program --seed=
done

# What every program understands are flags like others.
for program in dcgan mixture; do
    expect 0 "Examples:" $program --help=true
    expect 0 "$program 0." $program --version=true
    expect 0 '.SH OPTIONS' $program --manual=true
    expect 0 '"program": "'$program'"' $program --print-config=true
    expect 0 "$program 0." $program --help=false --print-config=false --version
    for flag in help version manual print-config; do
        expect 2 "option '--$flag' is 'x', expected true or false" $program --$flag=x
    done
done
expect 2 "unknown option '--helf', did you mean '--help'?" dcgan --helf

# Installed, they are called gannet-dcgan and so on, and say so.
for program in dcgan sample evaluate study_noise; do
    ln -s "$examples/$program" gannet-$program
    code=0 wanted=0 text="  gannet-$program --"
    ./gannet-$program --help >out 2>err || code=$?
    judge "gannet-$program --help"
    check "gannet-$program: all of its examples" sh -c "! sed -n '/^Examples:/,/^\$/p' out | grep '^  ' | grep -v '^  gannet-'"
    page=$examples/man/gannet-$program.1
    [ ! -e "$page" ] || check "gannet-$program: those of its page" sh -c \
        "! sed -n '/^\.nf/,/^\(\.fi\)*\$/p' '$page' | grep '^  ' | grep -v '^  gannet.-'"
    check "gannet-$program: and its name" grep -q "^gannet-$program: " out
    code=0 text="gannet-$program 0."
    ./gannet-$program --version >out 2>err || code=$?
    judge "gannet-$program --version"
    code=0 wanted=2 text="(see gannet-$program --help)"
    ./gannet-$program --frobnicate >out 2>err || code=$?
    judge "gannet-$program --frobnicate"
    code=0
    ./gannet-$program file >out 2>err || code=$?
    judge "gannet-$program file"
    check "gannet-$program: which is what says so" grep -q "^gannet-$program: " err
    rm gannet-$program
done

# Whatever it is called, its last lines can be run.
mkdir "it's a folder"
ln -s "$examples/dcgan" "it's a folder/train"
code=0 wanted=0 text="  train longer   "
"./it's a folder/train" --steps 1 --batch 2 --out "it's a folder/run" >out 2>err || code=$?
judge "a run by another name"
longer=$(sed -n 's/^  train longer   //p' out)
check "longer: $longer" sh -c "$longer --quiet"
check "it has gone on" grep -q '^2,' "it's a folder/run/log.csv"
rm -r "it's a folder"

echo '{"stps": 3}' >wrong.json
echo '{"help": true}' >help.json
echo '{"program": "dcgan", "batch": 0}' >range.json
echo '{"quiet": 1}' >flag.json
printf '{"steps": 3\n"batch": 4}' >broken.json
echo '[3]' >list.json
printf '{"\\u001b]0;title\\u0007": 3}' >escape.json
echo '{"program": "dcgan"}' >sample.json
for program in dcgan classify mixture study_noise text2image; do
    expect 0 '"program": "'$program'"' $program --print-config
    cp out $program.json
    expect 0 '"program": "'$program'"' $program --config $program.json --print-config
    check "the options of $program come back" cmp out $program.json
    expect 0 "--print-config" $program --help
    expect 0 '.SH OPTIONS' $program --manual
done
expect 0 '"steps": 9' dcgan --config dcgan.json --steps 9 --print-config
echo '{"program": "dcgan", "quiet": true}' >quiet.json
expect 0 '"quiet": true' dcgan --config quiet.json --print-config
expect 0 '"quiet": false' dcgan --config quiet.json --quiet=false --print-config
expect 2 "sample.json: options of 'dcgan', expected 'classify'" classify --config sample.json
expect 2 "option '--config' needs a value: --config FILE.json" dcgan --config
expect 2 "option '--config' was given twice, expected once" dcgan --config dcgan.json --config=dcgan.json
expect 2 "absent.json: cannot read: No such file or directory" dcgan --config absent.json
expect 2 "wrong.json: unknown option 'stps', did you mean 'steps'?" dcgan --config wrong.json
expect 2 "help.json: unknown option 'help' (see dcgan --help)" dcgan --config help.json
printf '{"out": "\\u001b]0;title\\u0007"}' >title.json
expect 2 "title.json: 'out' is '?]0;title?', expected UTF-8 without control characters" dcgan --config title.json
expect 2 "escape.json: unknown option '?]0;title?'" dcgan --config escape.json
expect 2 "range.json: 'batch' is '0', expected a whole number from 1 to 4096" dcgan --config range.json
expect 2 "flag.json: 'quiet' is '1', expected true or false" dcgan --config flag.json
expect 2 "broken.json:2: " dcgan --config broken.json
expect 2 'list.json:1: expected {"name": value, ...}' dcgan --config list.json
rm -f ./*.json

if [ -c /dev/full ]; then
    code=0 wanted=1 text="dcgan: the standard output cannot be written: No space left on device"
    "$examples/dcgan" --help >/dev/full 2>err || code=$?
    judge "dcgan --help onto a full disk"
    code=0 text="dcgan: the standard output cannot be written: No space left on device: stopped after step 0, saved; go on with --resume run"
    "$examples/dcgan" --steps 3 --batch 2 --json --out run >/dev/full 2>err || code=$?
    judge "dcgan --json onto a full disk"
    code=0 text="dcgan: the standard output cannot be written: No space left on device" # which an earlier attempt met
    "$examples/dcgan" --steps 3 --batch 2 --json --keep-going --out run >/dev/full 2>err || code=$?
    judge "dcgan --json --keep-going onto a full disk"
    rm -r run
fi
expect 2 "unknown option '--bach', did you mean '--batch'?" dcgan --bach 8
expect 2 "unknown option '--res', did you mean '--resume'?" dcgan --res x
expect 2 "option '--batch' is '0', expected a whole number from 1 to 4096" dcgan --batch 0
expect 2 "option '--out' is '$(printf 'x\377')', expected UTF-8 without control characters" dcgan --out "$(printf 'x\377')"
long=$(printf '%01500d' 0)
expect 0 "\"out\": \"$long\"" dcgan --out "$long" --print-config
expect 2 "option '--batch' is '8x', expected a whole number" dcgan --batch=8x
expect 2 "option '--batch' is '8.5', expected a whole number" dcgan --batch 8.5
expect 2 "option '--steps' is '0', expected a whole number from 1 to" dcgan --steps 0
expect 2 "option '--threads' is '65', expected a whole number from 0 to 64" dcgan --threads 65
expect 2 "option '--variant' is 'complex', expected one of simple|momentum" dcgan --variant complex
expect 2 "option '--variant' is 'simp', expected one of simple|momentum" dcgan --variant simp
expect 2 "option '--quiet' is '1', expected true or false" dcgan --quiet=1
expect 2 "option '--out' needs a value: --out DIR" dcgan --out --quiet
expect 2 "option '--out' is '', expected at least one character" dcgan --out ""
expect 2 "options '--steps' and '--epochs' were both given" dcgan --steps 3 --epochs 1
expect 2 "option '--checkpoint FILE' is required" sample --out x.png
expect 2 "option '--count' is '105', expected a multiple of 10 from 10 to 10000000" label_accuracy --checkpoint x --classifier y --count 105
expect 2 "one of '--out FILE.png', '--onnx FILE.onnx' and '--emit-c FILE.c' is required" sample --checkpoint x
for out in x.jpg x png .png.gif; do
    expect 2 "option '--out' is '$out', expected a name that ends in .png" sample --checkpoint y --out $out
    expect 2 "option '--out' is '$out', expected a name that ends in .png" text2image --caption "a red three" --out $out
    expect 2 "option '--picture' is '$out', expected a name that ends in .png" mixture --picture $out
done
expect 1 "y: cannot read: No such file or directory" sample --checkpoint y --out X.PNG
expect 2 "option '--label' is of pictures, expected '--out FILE.png' beside it" sample --checkpoint x --onnx y --label 9
expect 2 "option '--count' is '1', expected at least 2 pictures" sample --checkpoint x --out y.png --grid morph --count 1
expect 2 "option '--emit-c' is ''" sample --checkpoint x --emit-c ""
expect 2 "option '--label' is '256', expected a whole number from 0 to 255" sample --checkpoint x --out y.png --label 256
expect 2 "option '--classifier FILE' is required" label_accuracy --checkpoint x
expect 2 "option '--classifier FILE' is required" evaluate --checkpoint x
for count in 10 25; do
    expect 2 "option '--count' is '$count', expected a multiple of 10 from 20 to 100000" evaluate --checkpoint x --classifier y --count $count
done
expect 2 "option '--grid' is 'circles', expected one of classes|styles|linear|circle|morph|truncation" sample --grid circles
for average in 1 1.5 0.99999999999 x; do # the third rounds to 1 as a float
    expect 2 "option '--average' is '$average', expected a number from 0 to less than 1" dcgan --average $average
done
expect 0 '"average": 0.99999' dcgan --average 0.99999 --print-config
expect 0 "0 to less than 1; default 0" dcgan --help
expect 2 "option '--loss' is 'bce', expected one of non_saturating|" dcgan --loss bce
expect 2 "options '--variant wgan-gp' and '--loss' were both given, expected one" dcgan --variant wgan-gp --loss hinge
expect 2 "gan: real_target is 0.9 and fake_target 0, but the hinge loss takes no targets" dcgan --loss hinge --real-target 0.9 --out kept
check "nothing is written for it" test ! -e kept
expect 2 "option '--caption' is '', expected at least one character" text2image --caption ""
expect 2 "option '--caption' is '$(printf 'a\377')', expected UTF-8 without control characters" text2image --caption "$(printf 'a\377')"
expect 2 "option '--steps' is of training, expected no '--caption' beside it" text2image --caption "a red three" --steps 3
expect 2 "options '--quick' and '--steps' were both given, expected one" text2image --quick --steps 3
expect 2 "option '--count' is '1', expected at least 2 pictures" text2image --caption "a red three" --to "a red one" --count 1
expect 2 "options '--preview' and '--quiet' were both given, expected one" dcgan --preview --quiet
expect 0 "--remedy" mixture --help
expect 0 "an option that has its default value in the file is treated as absent" dcgan --help
expect 0 "seed of all random numbers; further runs count up from it" study_noise --help
expect 0 "seed of all random numbers; 0 to" study_variants --help

# What is written must not take the place of what is read, nor of what is written, whatever it is called.
echo precious >kept
ln -s kept link
mkdir folder
for out in kept ./kept folder/../kept link; do
    expect 2 "options '--checkpoint' and '--out' both name the file 'kept', expected two files" sample --checkpoint kept --out $out
done
expect 2 "options '--checkpoint' and '--emit-c' both name the file 'link'" sample --checkpoint link --emit-c kept
expect 2 "options '--out' and '--onnx' both name the file 'new'" sample --checkpoint kept --out new --onnx new --emit-c new
expect 2 "options '--onnx' and '--emit-c' both name the file 'new'" sample --checkpoint kept --onnx new --emit-c folder/../new
expect 1 "kept: " sample --checkpoint kept --out new.png --onnx folder/new
echo '{"program": "mixture"}' >mixture.json
expect 2 "options '--config' and '--picture' both name the file 'mixture.json'" mixture --config mixture.json --picture ./mixture.json
cp kept folder/generator.safetensors
expect 2 "option '--out' is 'folder/../folder/generator.safetensors', a file of the model" text2image --caption "a red three" --model folder --out folder/../folder/generator.safetensors
check "all are as they were" sh -c "echo precious | cmp - kept && cmp kept folder/generator.safetensors"
expect 2 "option '--resume' is 'folder/generator.safetensors', a file, expected the folder of a run, such as 'folder'" dcgan --resume folder/generator.safetensors
expect 2 "option '--resume' is 'kept', a file, expected the folder of a run, such as '.'" dcgan --resume kept
for checkpoint in folder folder/; do
    expect 2 "option '--checkpoint' is '$checkpoint', a folder, expected a file, such as 'folder/checkpoint.safetensors'" sample --checkpoint $checkpoint --out x.png
    expect 2 "option '--checkpoint' is '$checkpoint', a folder, expected a file, such as" label_accuracy --checkpoint $checkpoint --classifier kept
done
rm -r kept link folder mixture.json

# Nowhere to print to is no failure, and no file gets what is printed.
expect_closed() {
    code=0
    "$examples/dcgan" "$@" >&- 2>err || code=$?
    check "$*, with the standard output closed: exit code $code, $(cat err)" test "$code" = 0 -a ! -s err
}
expect_closed --version
expect_closed --steps 2 --batch 2 --out run
check "a step in every row" test "$(grep -vc '^[12],' run/log.csv)" = 1
rm -r run
expect 2 "option '--batch' is '7', expected a multiple of 2 from 0 to 10000" mixture --batch 7
expect 2 "option '--shape' is 'cube', expected one of ring|grid" mixture --shape cube
check "a wrong command line leaves no files" test "$(ls)" = "err
out"
finish
