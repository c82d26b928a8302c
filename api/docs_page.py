"""The documentation page: one long document, written by the server, without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

_REF = "#/components/schemas/"


def shape_of(schema: Mapping[str, Any]) -> str:
    """A schema in one line, as a programmer would say it; names link to the shapes below."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(shape_of(branch) for branch in schema[union]))
    if "enum" in schema:
        return " | ".join(f"“{word}”" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"[{shape_of(schema['items'])}]" if "items" in schema else "[…]"
    if isinstance(extra := schema.get("additionalProperties"), Mapping):
        return f"{{name: {shape_of(extra)}}}"
    return f"{schema.get('type', 'anything')}{_range(schema)}"


def _range(schema: Mapping[str, Any]) -> str:
    """The limits a value keeps to."""
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    words = [f"{low if low is not None else ''}…{high if high is not None else ''}"]
    if low is None and high is None:
        words = []
    if "pattern" in schema:
        words.append(str(schema["pattern"]))
    if schema.get("format"):
        words.append(str(schema["format"]))
    return f" ({', '.join(words)})" if words else ""


def words(text: str) -> Markup:
    """Text with its `code` marked, and nothing else of it believed."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


_STYLE = """
.wb-docs { max-width: 960px; margin: 0 auto; padding: 24px 16px 64px; }
.wb-docs h1 { margin-bottom: 8px; font-size: 21px; } .wb-docs p { margin: 0 0 8px; }
.wb-docs code { padding: 0 3px; border-radius: 3px; background: var(--wb-sunken);
  color: var(--wb-text); overflow-wrap: anywhere; }
.wb-docs h2 { margin: 40px 0 4px; font-size: 17px; }
.wb-docs details { margin: 8px 0; padding: 10px 14px; border: 1px solid var(--wb-border);
  border-radius: 8px; background: var(--wb-surface); }
.wb-docs summary { cursor: pointer; }
.wb-docs summary b { display: inline-block; min-width: 62px; color: var(--wb-accent); }
.wb-docs summary span { color: var(--wb-text-2); }
.wb-docs pre { margin: 8px 0; padding: 10px; overflow-x: auto; border-radius: 6px;
  background: var(--wb-sunken); color: var(--wb-text); }
.wb-docs table { display: block; margin: 8px 0; overflow-x: auto; }
.wb-docs h3 { margin: 12px 0 0; font-size: 14px; }
.wb-docs th, .wb-docs td { padding: 4px 8px 4px 0; text-align: left; vertical-align: top; }
.wb-docs td { min-width: 60px; color: var(--wb-text-2); }
.wb-docs td:first-child { white-space: nowrap; color: var(--wb-text); }
"""

_environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_environment.filters["words"] = words
DOCS = _environment.from_string(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API · Wattboard</title>
<link rel="icon" href="{{ asset('favicon.svg') }}" type="image/svg+xml">
<script src="{{ asset('theme-boot.js') }}"></script>
{% for name in styles %}
<link rel="stylesheet" href="{{ asset(name) }}">
{% endfor %}
<style>"""
    + _STYLE
    + """</style>
</head>
{% macro fields(schema) %}
<table>
{% for name, one in schema.get('properties', {}).items() %}
<tr><td>{{ name }}{{ '' if name in schema.get('required', []) else '?' }}</td>
<td>{{ shape_of(one) }}</td><td>{{ one.get('description', '') | words }}</td></tr>
{% endfor %}
</table>
{% endmacro %}
<body>
<main class="wb-docs">
<h1>Wattboard API {{ api.info.version }}</h1>
{% for paragraph in api.info.description.split('\\n\\n')[:1] %}
<p>{{ paragraph | words }}</p>
{% endfor %}
<p>The same for programs, OpenAPI {{ api.openapi }}: <a href="/openapi.json">/openapi.json</a></p>
{% for tag in api.tags %}
<h2 id="{{ tag.name }}">{{ tag.name }}</h2>
<p>{{ tag.description | words }}</p>
{% for path, methods in api.paths.items() %}
{% for method, one in methods.items() if tag.name in one.tags %}
<details id="{{ one.operationId }}">
<summary><b>{{ method | upper }}</b> {{ path }} <span>{{ one.summary }}</span></summary>
{% if one.description %}
<p>{{ one.description | words }}</p>
{% endif %}
<p>Permission: <code>{{ one['x-permission'] }}</code></p>
{% if one.parameters %}
<h3>Parameters</h3>
<table>
{% for parameter in one.parameters %}
<tr><td>{{ parameter.name }}{{ '' if parameter.required else '?' }}</td>
<td>{{ parameter.in }}</td><td>{{ shape_of(parameter.schema) }}</td>
<td>{{ (parameter.description or '') | words }}</td></tr>
{% endfor %}
</table>
{% endif %}
{% if one.requestBody %}
{% set content = one.requestBody.content['application/json'] %}
<h3>Body: {{ shape_of(content.schema) }}</h3>
{% if content.example %}
<pre>curl -X {{ method | upper }} "$WATTBOARD{{ path }}" -H "Authorization: Bearer $TOKEN" \\
  -d '{{ pretty(content.example) }}'</pre>
{% endif %}
{% endif %}
<h3>Answers</h3>
<table>
{% for status, response in one.responses.items() %}
{% if '$ref' in response %}
{% set named = api.components.responses[response['$ref'].rpartition('/')[2]] %}
<tr><td>{{ status }}</td><td>{{ named.description | words }}</td></tr>
{% else %}
<tr><td>{{ status }}</td><td>{% for media, held in (response.content or {}).items() %}
{% if response.content | length > 1 or media != 'application/json' %}<code>{{ media }}</code>
{{ (held.schema.description or '') | words }}{% endif %}
{{ shape_of(held.schema) }}{% if not loop.last %}<br>{% endif %}
{% endfor %}</td></tr>
{% endif %}
{% endfor %}
</table>
</details>
{% endfor %}
{% endfor %}
{% endfor %}
<h2 id="shapes">Shapes</h2>
{% for name, schema in api.components.schemas.items() %}
<details id="{{ name }}">
<summary>{{ name }} <span>{{ schema.get('description', '') | words }}</span></summary>
{{ fields(schema) }}
</details>
{% endfor %}
<h2 id="limits">Limits</h2>
<table>
<tr><th>Limit</th><th>Value</th><th>One beyond</th></tr>
{% for limit in limits %}
<tr><td>{{ limit.what }}</td><td>{{ limit.value }}</td><td>{{ limit.status }}</td></tr>
{% endfor %}
</table>
</main>
</body>
</html>
"""
)
