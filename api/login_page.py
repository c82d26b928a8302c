"""The documents that stand before the desk itself; look and colours come from assets/."""

from jinja2 import Environment

_templates = Environment(
    autoescape=True
)  # compiled once: a refused login must cost next to nothing

STYLES = (
    "vendor/bootstrap.min.css", "tokens.css", "icons.css", "base.css", "parts.css", "shell.css",
)  # fmt: skip

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Wattboard</title>
<link rel="icon" href="{{{{ asset('favicon.svg') }}}}" type="image/svg+xml">
<script src="{{{{ asset('theme-boot.js') }}}}"></script>
{{% for name in styles %}}
<link rel="stylesheet" href="{{{{ asset(name) }}}}">
{{% endfor %}}
<style>{style}</style>
</head>
"""

# What only these documents need; colours are the tokens'.
_STYLE = """
.wb-login-brand { display: flex; align-items: center; gap: 9px; margin-bottom: 18px;
  font-size: 15px; font-weight: 620; letter-spacing: -.015em; }
.wb-login-brand .wb-chip { margin-left: auto; letter-spacing: 0; }
.wb-login-card .wb-banner, .wb-login-note { margin-bottom: 14px; }
.wb-login-note { color: var(--wb-text-2); }
.wb-login-demo { padding: 0 14px; white-space: nowrap; }
.wb-login-demo h2 { margin-bottom: 6px; color: var(--wb-text); font-weight: 600; }
.wb-login-demo table { width: 100%; }
.wb-login-demo th { color: var(--wb-text); font-weight: 600; }
.wb-login-demo td:last-child { padding-right: 0; text-align: right; }
.wb-login-pair > .wb-second { margin-bottom: 14px; }
.wb-login-pair > .wb-second:last-child { margin: 14px 0 0; }
.wb-login-card .wb-login-code { height: 46px; font-size: 21px; text-align: center;
  text-transform: uppercase; letter-spacing: .12em; }
.wb-login-code::placeholder { opacity: .45; }
"""

_PROBLEM = """
{% if problem %}
<p class="wb-banner wb-banner-fault" role="alert">
  <span class="wb-icon wb-i-fault" aria-hidden="true"></span> {{ problem }}</p>
{% endif %}
"""

LOGIN = _templates.from_string(
    _HEAD.format(title="Sign in", style=_STYLE)
    + """
<body>
<main class="wb-login">
  <div class="wb-login-card">
    <div class="wb-login-brand"><span class="wb-logo" aria-hidden="true"></span> Wattboard
      {% if demo %}<span class="wb-chip wb-chip-accent">DEMO</span>{% endif %}</div>
    <h1>{{ building }}</h1>
"""
    + _PROBLEM
    + """
    {% if note %}<p class="wb-login-note" role="status">{{ note }}</p>{% endif %}
    <form method="post" action="/login">
      <input type="hidden" name="next" value="{{ next }}">
      <div class="wb-field">
        <label class="wb-label" for="username">Name</label>
        <input class="form-control" id="username" name="username" value="{{ name }}" maxlength="64"
          autocomplete="username" autocapitalize="none" spellcheck="false" required
          {% if not name %}autofocus{% endif %}>
      </div>
      <div class="wb-field">
        <label class="wb-label" for="password">Password</label>
        <input class="form-control" id="password" name="password" type="password" maxlength="128"
          autocomplete="current-password" required {% if name %}autofocus{% endif %}>
      </div>
      <button class="btn btn-primary wb-btn wb-btn-lg" type="submit">Sign in</button>
    </form>
  </div>
  {% if logins %}
  <section class="wb-login-demo" aria-labelledby="demo-logins">
    <h2 id="demo-logins">Demo logins</h2>
    <table>
      {% for login in logins %}
      <tr>
        <th scope="row">{{ login.name }}</th>
        <td>{{ roles[login.role] }}</td>
        {% if login.password %}
        <td><code>{{ login.password }}</code></td>
        <td>
          <form method="post" action="/login">
            <input type="hidden" name="next" value="{{ next }}">
            <input type="hidden" name="username" value="{{ login.name }}">
            <input type="hidden" name="password" value="{{ login.password }}">
            <button class="btn btn-outline-secondary wb-btn wb-btn-sm" type="submit"
              aria-label="Sign in as {{ login.name }}">Sign in</button>
          </form>
        </td>
        {% endif %}
      </tr>
      {% endfor %}
    </table>
    {% if not logins[0].password %}
    <p class="wb-second">The passwords were printed where Wattboard was started.<br>
      Each is changed at the first sign-in.</p>
    {% endif %}
  </section>
  {% endif %}
</main>
</body>
</html>
"""
)

PASSWORD = _templates.from_string(
    _HEAD.format(title="Choose a password", style=_STYLE)
    + """
<body>
<main class="wb-login">
  <div class="wb-login-card wb-login-pair">
    <div class="wb-login-brand"><span class="wb-logo" aria-hidden="true"></span> Wattboard</div>
    <h1>Choose a password of your own</h1>
    <p class="wb-second">The one you signed in with was given to you, so somebody else may know it.
      {{ building }} opens as soon as you have chosen your own.</p>
"""
    + _PROBLEM
    + """
    <form method="post" action="/password">
      <input type="hidden" name="next" value="{{ next }}">
      <input type="text" name="username" value="{{ name }}" autocomplete="username" hidden>
      <div class="wb-field">
        <label class="wb-label" for="old">Password you were given</label>
        <input class="form-control" id="old" name="old" type="password" maxlength="{{ most }}"
          autocomplete="current-password" required autofocus>
      </div>
      <div class="wb-field">
        <label class="wb-label" for="new">Your own password</label>
        <input class="form-control" id="new" name="new" type="password" maxlength="{{ most }}"
          autocomplete="new-password" aria-describedby="new-hint" required>
        <div class="wb-hint" id="new-hint">{{ least }} to {{ most }} characters; four unrelated
          words are good</div>
      </div>
      <div class="wb-field">
        <label class="wb-label" for="again">Your own password again</label>
        <input class="form-control" id="again" name="again" type="password" maxlength="{{ most }}"
          autocomplete="new-password" required>
      </div>
      <button class="btn btn-primary wb-btn wb-btn-lg" type="submit">Use this password</button>
    </form>
    <form method="post" action="/logout">
      <button class="btn btn-link wb-btn" type="submit">Sign out {{ name }}</button>
    </form>
  </div>
</main>
</body>
</html>
"""
)

PAIRING = _templates.from_string(
    _HEAD.format(title="Pair this display", style=_STYLE)
    + """
<body>
<main class="wb-login">
  <div class="wb-login-card wb-login-pair">
    <div class="wb-login-brand"><span class="wb-logo" aria-hidden="true"></span> Wattboard</div>
    <h1>Pair this display</h1>
    <p class="wb-second">On a desk, open Admin, Wall displays, and make a code. It is good once, for
      ten minutes. The display then shows the wall page and nothing else.</p>
"""
    + _PROBLEM
    + """
    <form method="post" action="/kiosk/pair">
      <div class="wb-field">
        <label class="wb-label" for="code">Code</label>
        <input class="form-control wb-login-code" id="code" name="code" maxlength="12" required
          autofocus autocomplete="off" autocapitalize="characters" spellcheck="false"
          placeholder="K7PM-2QXD">
      </div>
      <button class="btn btn-primary wb-btn wb-btn-lg" type="submit">Show the wall page</button>
    </form>
    <p class="wb-second"><a href="/login?next=/kiosk">Sign in instead</a></p>
  </div>
</main>
</body>
</html>
"""
)
