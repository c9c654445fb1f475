"""config.json files: what is read, and what is refused by name."""

import json

import pytest

from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.workload.config import load_model, model_of
from memwall_cli.workload.weights import parameters

LLAMA = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "intermediate_size": 100,
    "vocab_size": 1000,
}


def refused(config):
    with pytest.raises(MemwallError) as caught:
        model_of(config, "x", "c.json")
    assert not isinstance(caught.value, UsageError)
    return str(caught.value)


def test_all_missing_keys_are_named_at_once():
    assert refused({"model_type": "mistral"}).startswith(
        "c.json: missing: hidden_size, num_attention_heads, num_key_value_heads, sliding_window, "
        "num_hidden_layers, "
    )
    assert "missing: model_type" in refused({})
    assert "missing: n_embd or hidden_size" in refused({"model_type": "gpt2"})


@pytest.mark.parametrize("value", ["64", 64.0, True, -1, 0, [64], {"a": 1}, 10**12])
def test_what_is_no_whole_number_is_named(value):
    assert "field intermediate_size: " in refused({**LLAMA, "intermediate_size": value})


def test_null_is_missing():
    assert "missing: vocab_size" in refused({**LLAMA, "vocab_size": None})


def test_all_faults_are_named_at_once():
    lines = refused(
        {**LLAMA, "vocab_size": None, "hidden_size": "a", "num_experts": 4, "attention_bias": 1}
    ).splitlines()
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_experts", 8),
        ("num_local_experts", 8),
        ("mlp_only_layers", [1]),
        ("attn_layer_indices", [0]),
        ("cross_attention_layers", [3]),
        ("sliding_window", 4096),
        ("layer_types", ["full_attention", "linear_attention"]),
        ("is_encoder_decoder", True),
        ("kv_lora_rank", 512),
        ("index_topk", 2048),
        ("num_kv_shared_layers", 10),
        ("use_qk_norm", True),
        ("block_configs", [{"attention": {"no_op": True}}]),
        ("mamba_d_state", 16),
    ],
)
def test_a_field_that_may_change_the_shapes_is_refused(name, value):
    assert f"field {name}: not known in a llama model" in refused({**LLAMA, name: value})
    assert model_of({**LLAMA, name: None}, "x", "c.json") == model_of(LLAMA, "x", "c.json")


@pytest.mark.parametrize(
    "more",
    [
        {"torch_dtype": "bfloat16", "rope_theta": 1e4, "rope_scaling": {"factor": 8.0}},
        {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}},
        {"bos_token_id": 1, "use_cache": True, "transformers_version": "4.31.0"},
        {"pretraining_tp": 1, "initializer_range": 0.02, "rms_norm_eps": 1e-5},
        {"architectures": ["LlamaForCausalLM"], "auto_map": {"AutoModel": "m.M"}},
    ],
)
def test_what_changes_no_shape_is_passed_over(more):
    assert model_of({**LLAMA, **more}, "x", "c.json") == model_of(LLAMA, "x", "c.json")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({**LLAMA, "num_attention_heads": 5}, "5 does not divide hidden_size (64)"),
        ({**LLAMA, "num_key_value_heads": 3}, "3 does not divide num_attention_heads (4)"),
        ({**LLAMA, "hidden_act": "mish"}, 'activation "mish" is not known'),
        ({**LLAMA, "num_hidden_layers": 10**8}, "is not a whole number from 1 to 100000"),
        ({"model_type": "mamba"}, "model_type 'mamba' is not known; known are bert"),
        ({"model_type": "llamma"}, "did you mean llama"),
        ({"model_type": 3}, "field model_type: 3 is not a word"),
        ([], "not a config.json"),
        ({**LLAMA, "model_type": "bert", "position_embedding_type": "relative_key"}, "position"),
    ],
)
def test_what_is_not_known_is_refused_by_name(config, problem):
    if isinstance(config, dict) and config.get("model_type") == "bert":
        config = {**config, "max_position_embeddings": 512}
    assert problem in refused(config)


def test_attention_that_is_not_known_is_refused_by_name():
    config = {**LLAMA, "model_type": "qwen2", "num_key_value_heads": 2}
    kinds = {"layer_types": ["full_attention", "linear_attention"]}
    assert "attention 'linear_attention' is not known" in refused({**config, **kinds})
    assert "has 1 entries for 2 layers" in refused({**config, "layer_types": ["full_attention"]})


def test_the_language_model_of_a_multimodal_file_is_read_alone():
    config = {"model_type": "llava", "text_config": LLAMA, "vision_config": {"hidden_size": 1024}}
    model = model_of(config, "x", "c.json")
    assert parameters(model) == parameters(model_of(LLAMA, "x", "c.json"))
    assert "language model alone" in model.notes[0]
    assert "missing: text_config.vocab_size" in refused(
        {**config, "text_config": {k: v for k, v in LLAMA.items() if k != "vocab_size"}}
    )


def test_another_head_is_told():
    config = {**LLAMA, "architectures": ["LlamaForSequenceClassification"]}
    assert "not as LlamaForSequenceClassification" in model_of(config, "x", "c.json").notes[0]


@pytest.mark.parametrize(
    ("config", "published"),
    # Sizes on the models' pages on the Hugging Face hub.
    [
        (
            {
                "model_type": "bloom",
                "n_embed": 14336,
                "n_layer": 70,
                "num_attention_heads": 112,
                "vocab_size": 250880,
            },
            176_247_271_424,
        ),
        (
            {
                "model_type": "falcon",
                "new_decoder_architecture": True,
                "hidden_size": 8192,
                "num_attention_heads": 128,
                "num_kv_heads": 8,
                "num_hidden_layers": 60,
                "vocab_size": 65024,
            },
            41_303_293_952,
        ),
    ],
)
def test_bloom_and_falcon_have_their_published_sizes(config, published):
    assert parameters(model_of(config, "x", "c.json")) == published


def test_a_file_is_named_after_its_folder_or_itself(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in (folder / "config.json", tmp_path / "small.json"):
        file.write_text(json.dumps(LLAMA))
    monkeypatch.chdir(folder)
    assert load_model(str(folder)).id == "mine"
    assert load_model("config.json").id == "mine"
    assert load_model(str(tmp_path / "small.json")).id == "small"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"model_type": "llama"', b"null"]
)
def test_what_is_not_a_json_object_is_refused(tmp_path, content):
    file = tmp_path / "config.json"
    file.write_bytes(content)
    with pytest.raises(MemwallError, match=r"config\.json: not "):
        load_model(str(file))


@pytest.mark.parametrize("name", ["llama2-7b", "", "-", "no/such/model", "m" * 5000])
def test_an_unknown_id_gets_the_nearest(name):
    with pytest.raises(UsageError, match="did you mean llama-2-7b" if "2" in name else "there are"):
        load_model(name)
