"""`memwall workload` as a user sees it."""

import json

import pytest
from conftest import column, read_csv

KEYS = (
    "model,phase,batch,tokens,context,operator,group,kind,count,flops,bytes,weight_bytes,"
    "activation_bytes,kv_bytes,intensity"
)
LENGTHS = "128,256,512,1024,2048,4096"


def test_a_pipe_gets_every_operator_and_a_total(memwall):
    done = memwall("workload", "llama-2-7b", "--phase", "decode", "--context", "2048")
    assert done.stdout.splitlines()[0] == KEYS
    *operators, total = read_csv(done.stdout)
    assert (total["operator"], total["group"], total["kind"]) == ("total", "", "")
    for key in ("flops", "bytes", "weight_bytes", "activation_bytes", "kv_bytes"):
        assert int(total[key]) == sum(int(row[key]) for row in operators)
    for row in operators:
        parts = sum(int(row[f"{part}_bytes"]) for part in ("weight", "activation", "kv"))
        assert int(row["bytes"]) == parts
        assert (row["intensity"] == "") == (parts == 0)
    matmuls = [int(row["flops"]) for row in operators if row["kind"] == "matmul"]
    assert sum(matmuls) == 14_287_896_576
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("args", "combinations"),
    [
        ("bert-base", ["encode 1 512 512"]),
        ("llama-2-7b", ["prefill 1 2048 2048", "decode 1 1 2048"]),
        ("gpt2", ["prefill 1 1024 1024", "decode 1 1 1024"]),  # its window
        ("t5-11b", ["encode 1 512 512", "decode 1 1 512"]),
        ("gpt2 --tokens 64", ["prefill 1 64 64", "decode 1 1 64"]),
        ("gpt2 --context 64", ["prefill 1 64 64", "decode 1 1 64"]),
        ("gpt2 --tokens 8 --context 64", ["prefill 1 8 64", "decode 1 1 64"]),
        ("gpt2 --phase decode --tokens 4 --context 64", ["decode 1 4 64"]),
        ("gpt2 --phase generate --tokens 4", ["generate 1 4 4"]),
        ("gpt2 --phase generate --tokens 4 --context 64", ["generate 1 4 64"]),
        (
            "gpt2 --phase decode --batch 8,1,8 --context 64,32",
            ["decode 8 1 64", "decode 8 1 32", "decode 1 1 64", "decode 1 1 32"],
        ),
        ("bert-base gpt2 --convention paper --tokens 9", ["encode 1 9 9", "generate 1 9 9"]),
        ("t5-11b --convention paper --tokens 9", ["encode 1 9 9", "generate 1 9 9"]),
        ("gpt2 gpt2 --phase train --tokens 9", ["train 1 9 9"]),
    ],
)
def test_each_combination_once_in_order(memwall, args, combinations):
    rows = read_csv(memwall("workload", *args.split(), "--quiet").stdout)
    keys = ("phase", "batch", "tokens", "context")
    assert [" ".join(r[k] for k in keys) for r in rows if r["operator"] == "total"] == combinations


def test_options_change_what_they_say(memwall):
    def total(*options):
        text = memwall("workload", "llama-2-7b", "--context", "512", *options).stdout
        rows = [row for row in read_csv(text) if row["operator"] == "total"]
        names = ("flops", "weight_bytes", "activation_bytes", "kv_bytes")
        return [tuple(int(row[name]) for name in names) for row in rows]

    prefill, decode = total()
    assert total("--weights", "int4")[1][1] * 4 == decode[1]
    assert total("--kv", "fp8")[1][3] * 2 == decode[3]
    assert total("--activations", "fp32")[1][2] > decode[2]
    assert total("--formats", "fp8") == total(
        "--weights", "fp8", "--activations", "int8", "--kv", "fp8"
    )
    assert total("--formats", "fp32", "--kv", "fp16")[1][3] == decode[3]
    assert total("--unfused")[0][2] > prefill[2]
    assert total("--fused") == [prefill, decode]
    assert total("--attention", "full")[0][0] > prefill[0]
    assert total("--attention", "causal") == [prefill, decode]
    # 511 more tokens through the head.
    assert total("--logits", "all")[0][0] - prefill[0] == 511 * 2 * 4096 * 32000


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ("", "Missing argument 'MODEL'"),
        ("gpt22", "no bundled model 'gpt22'; did you mean gpt2"),
        ("gpt2 --phase prefil", "no phase 'prefil'; did you mean prefill"),
        ("bert-base --phase decode", "bert-base is an encoder: it has the phases encode, train"),
        ("gpt2 --batch 0", "--batch 0: '0' is not a whole number"),
        ("gpt2 --batch 1,,2", "'' is not a whole number"),
        ("gpt2 --tokens -5", "'-5' is not a whole number"),
        ("gpt2 --context 1e3", "'1e3' is not a whole number"),
        ("gpt2 --context ٣", "is not a whole number"),
        ("gpt2 --context 99999999999999", "is not a whole number"),
        ("gpt2 --tokens 20 --context 10", "--context 10 is less than --tokens 20"),
        ("gpt2 --phase train --tokens 20 --context 30", "phase train has no past"),
        ("gpt2 --weights int3", "'int3' is not one of"),
        ("gpt2 --convention paper --fused", "--fused contradicts --convention paper"),
        ("gpt2 --convention paper --kv fp16", "fp16 contradicts"),
        ("gpt2 --convention paper --phase decode", "--phase decode contradicts"),
        ("gpt2 --convention paper --logits all", "--logits all contradicts"),
        ("gpt2 --convention paper --attention full", "--attention full contradicts"),
        ("gpt2 -o x.xlsx", "can't tell a format"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_two(memwall, args, problem):
    done = memwall("workload", *args.split())
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stdout == ""


def test_a_wrong_file_is_one_and_names_all_faults(memwall, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "qwen3", "hidden_size": "x"}')
    done = memwall("workload", "config.json")
    assert done.returncode == 1
    assert "config.json: missing: num_attention_heads, head_dim" in done.stderr
    assert 'field hidden_size: "x" is not a whole number' in done.stderr
    assert memwall("workload", "no.json").returncode == 1


def test_a_context_beyond_the_window_is_counted_with_a_warning(memwall):
    done = memwall("workload", "bert-base", "--tokens", "512,4096")
    assert "warning: bert-base was made for 512 positions; a context of 4096" in done.stderr
    assert column(done.stdout, "tokens", operator="total") == ["512", "4096"]
    assert memwall("workload", "bert-base", "--tokens", "512").stderr == ""
    assert memwall("workload", "bert-base", "--tokens", "4096", "--quiet").stderr == ""


def test_a_users_own_configuration_with_its_notes(memwall, tmp_path):
    text = json.dumps(
        {
            "model_type": "llava",
            "text_config": {
                "model_type": "llama",
                "hidden_size": 64,
                "num_attention_heads": 4,
                "num_hidden_layers": 2,
                "intermediate_size": 100,
                "vocab_size": 1000,
            },
        }
    )
    folder = tmp_path / "=mine"
    folder.mkdir()
    (folder / "config.json").write_text(text)
    done = memwall("workload", "=mine", "--context", "9")
    assert done.returncode == 0
    assert "language model alone" in done.stderr
    assert set(column(done.stdout, "model")) == {"'=mine"}


@pytest.mark.parametrize(
    "args",
    ["llama-2-7b", "deepseek-v3", "t5-11b --phase train", f"bert-base gpt2 --tokens {LENGTHS}"],
)
def test_tables_fit_80_columns_and_say_what_they_mean(memwall, args):
    out = memwall("workload", *args.split(), "-f", "table").stdout
    assert max(map(len, out.splitlines())) <= 80
    assert "waits for" in out


def test_few_workloads_are_shown_by_operator_and_many_by_line(memwall):
    few = memwall("workload", "gpt2", "-f", "table").stdout
    assert "GPT-2 small, decode: batch 1, 1 new token at context 1024 (fp16, fused)" in few
    assert "query projection" in few
    many = memwall("workload", "gpt2", "--batch", "1,2", "-f", "table").stdout
    assert "query projection" not in many
    assert "Workloads: gpt2, context 1024, fp16, fused" in many


def test_the_same_in_json_and_markdown(memwall):
    rows = json.loads(memwall("workload", "gpt2", "-f", "json").stdout)
    assert list(rows[0]) == KEYS.split(",")
    assert rows[-1]["group"] is None
    assert isinstance(rows[-1]["flops"], int)
    assert memwall("workload", "gpt2", "-f", "md").stdout.startswith("**GPT-2 small, prefill")


@pytest.mark.parametrize(
    ("args", "title"),
    [
        (
            f"bert-base gpt2 --convention paper --tokens {LENGTHS}",
            "GPT-2 small (generate) does 2.0 FLOPs per byte moved, BERT-Base (encode) 118 to 228",
        ),
        (
            "llama-2-7b",
            "Llama 2 7B does 1.00 FLOPs per byte moved (decode), 1080 (prefill)",
        ),
        ("bert-base", "BERT-Base (encode) does 255 FLOPs per byte moved"),
        (
            "gpt2 --phase decode --batch 1,8",
            "GPT-2 small (decode) does 1.00 FLOPs per byte at batch 1, 4.14 at batch 8",
        ),
        (
            "gpt2 llama-3-8b --phase decode --context 1024 --batch 1,8",
            "At batch 8 GPT-2 small (decode) does 4.14 FLOPs per byte moved, "
            "Llama 3 8B (decode) 7.71",
        ),
    ],
)
def test_pictures_state_their_finding(memwall, tmp_path, args, title):
    done = memwall("workload", *args.split(), "-o", "x.svg", "--quiet")
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / "x.svg").read_text("utf-8")
    for words in title.split(", "):
        assert words in drawn


def test_a_picture_has_the_same_bytes_each_time(memwall, tmp_path):
    for name in ("a.png", "b.png"):
        memwall("workload", "gpt2", "--context", "64,128", "-o", name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_picture_of_too_many_lines_is_refused(memwall):
    batches = ",".join(map(str, range(1, 15)))
    done = memwall(
        *("workload", "gpt2", "--phase", "decode", "--context", ",".join(map(str, range(1, 16)))),
        *("--batch", batches, "-o", "x.png"),
    )
    assert done.returncode == 2
    assert "12 series" in done.stderr


def test_bundled_models_are_listed_with_their_parameters(memwall):
    listed = memwall("data", "models", "--bundled")
    assert column(listed.stdout, "parameters", id="llama-2-7b") == ["6738415616"]
    assert column(listed.stdout, "kv_bytes_per_token", id="deepseek-v3") == ["70272"]
    table = memwall("data", "models", "--bundled", "-f", "table").stdout
    assert max(map(len, table.splitlines())) <= 80
    assert "6.74B" in table
    for args in (["--bundled"], ["accelerators", "--bundled"], ["models", "gpt2", "--bundled"]):
        assert memwall("data", *args).returncode == 2
