"""What tokens cost, by a file of the user's: prices change, and each contract has its own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from conformance.errors import UsageError, unknown_name
from conformance.plan.sent import Sent
from conformance.requirements import documented_models

_A_MILLION = 1_000_000

Amount = Annotated[float, Meta(ge=0)]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a million tokens cost."""

    input: Amount
    output: Amount


class Prices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By documented model: its price; `default` is that of the models that are not named, if they have one."""

    currency: str = "USD"
    default: Price | None = None
    models: Mapping[str, Price] = {}

    @classmethod
    def read(cls, path: Path) -> "Prices":
        """The prices in a TOML file. Raises `UsageError`."""
        try:
            prices = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)
        except OSError as error:
            raise UsageError(f"price file {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"price file {path} is no TOML: {error}") from None
        except msgspec.ValidationError as error:
            form = "[models.<documented model>] and [default] take input and output, per million tokens"
            raise UsageError(f"price file {path}: {error}; {form}") from None
        for model in prices.models:
            if model not in documented_models():
                hint = "a model goes by its documented name, without system.ai."
                raise UsageError(f"price file {path}: {unknown_name('model', model, documented_models(), hint)}")
        return prices

    def of(self, sent: Sent) -> float | None:
        """What a request costs at most; None if its model has no price. What names no model, or spends no tokens, is free."""
        if not sent.model or not (sent.input_tokens or sent.output_tokens):
            return 0.0
        price = self.models.get(sent.model, self.default)
        if price is None:
            return None
        return (sent.input_tokens * price.input + sent.output_tokens * price.output) / _A_MILLION
