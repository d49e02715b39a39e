"""Keys and tokens that open systems. The whole secret is the value, so that what is redacted is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from detectors import checks, checks_secret
from detectors.api import EntityClass, PatternDetector, Shape

_KEY_BYTES = 16_384
"""Longest private key read as one value: RSA of 16,384 bits is 12,700 bytes in PEM."""

# The triggers below imply a match of the whole: one that could fail would have the same thousands of bytes read again
# and again, at a sender's will.
_BREAK = r"(?:\s|\\{1,2}[nrt]){0,8}"  # a line break, as itself or as an escape in source code
_LABEL = r"(?:[A-Z0-9]{1,10} ){0,4}PRIVATE KEY(?: BLOCK)?"
_BEGIN = rf"----[- ]BEGIN {_LABEL}[ -]----"
_END = rf"----[- ]END {_LABEL}[ -]----"
# RFC 1421 §4.6 headers of encrypted keys (Proc-Type, DEK-Info), SSH2 and PGP ones (Comment, Version), one to a line.
_HEADERS = r"(?:(?:\r?\n|\\r\\n|\\{1,2}n)[ ]{0,8}[A-Z][A-Za-z-]{2,19}: [^\r\n\\]{0,120}){0,4}"
_START = rf"{_BEGIN}{_HEADERS}{_BREAK}[0-9A-Za-z+/=]{{16}}"
_PEM = rf"{_START}[0-9A-Za-z+/=\s\\]{{0,{_KEY_BYTES}}}(?:{_END})?"
_PUTTY_START = r"PuTTY-User-Key-File-[1-9]: ?[0-9a-z@.-]{3}"
_PUTTY = (
    rf"{_PUTTY_START}[0-9a-z@.-]{{0,60}}"
    rf"(?:(?:[\x09-\x4f\x51-\x7e]|P[^u]|Pu[^T]){{0,{_KEY_BYTES}}}?Private-(?:MAC|Hash): ?[0-9a-f]{{40,64}})?"
)
_SEGMENT = "[0-9A-Za-z_-]"


def _key_id(
    prefix: str, rest: str, detail: str, source: str, check: Callable[[bytes], bool] = checks.varied
) -> PatternDetector:
    return PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(rf"\b{prefix}{rest}\b", 0.95, 0.95, width=160),),
        source=source,
        check=check,
        strip=b"",
        detail=detail,
    )


def _secret(
    detail: str, shapes: tuple[Shape, ...], source: str, check: Callable[[bytes], bool], labels: str = ""
) -> PatternDetector:
    return PatternDetector("CREDENTIAL", EntityClass.CREDENTIAL, shapes, source, labels, check, b"", detail)


def _labelled(
    detail: str,
    labels: str,
    core: str,
    source: str,
    score: float = 0.85,
    check: Callable[[bytes], bool] = checks_secret.random_key,
    trigger: str | None = None,
) -> PatternDetector:
    """A key without a form of its own: a label says what it is, and its bytes that nobody made it up."""
    shape = Shape(
        rf"\b{core}",
        0,
        score,
        "(?<![0-9A-Za-z_+/.-])",
        "(?![0-9A-Za-z_+/=(\\[-])",
        trigger,
        130,
        common=trigger is not None,
    )
    return _secret(detail, (shape,), source, check, labels)


# What is drawn at random soon has a digit, a letter and a digit again; words and names in code do not.
_MIXED = r"\b[A-Za-z_]{0,24}[0-9]{1,12}[A-Za-z_-]{1,16}[0-9]"
_SIGN = "[A-Za-z!@#$%^*_+.-]"
_CALLED_SO = (
    r"(?:(?i:passw(?:or)?d|passwd|pwd|passphrase|pass_?code|pin_?code)|密码|密碼|口令|(?:登录|登錄|登入|初始|默认|預設|支付|交易|取款|提款)(?:密码|密碼|口令))"
    r"(?:[\"'\]]{0,2}[ ]{0,2}(?::|：|=>?)[ ]{0,2}|[ ]?(?:是|为|為)[ ]?|>)"
)


def _passwords(score: float) -> Iterator[Shape]:
    """What stands behind a word for a password, quoted or not. Quoted it may hold spaces and commas."""
    quoted = r"(?:[\"']([^\x00-\x20\x7f-\xff\"'<>]{6,64})[\"'])"
    bare = r"[^\x00-\x20\x7f-\xff\"'<>&,;]"
    for behind, opening in ((quoted, r"[\"'][^\x00-\x20\x7f-\xff\"'<>]{6}"), (f"({bare}{{6,64}})", f"{bare}{{6}}")):
        yield Shape(
            _CALLED_SO + behind,
            score,
            score,
            "",
            r"(?![0-9A-Za-z(\[{])",
            trigger=_CALLED_SO + opening,
            width=130,
        )


CREDENTIAL: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(_PEM, 0.98, 0.98, "", "", trigger=_START, width=_KEY_BYTES + 1024),),
        source="RFC 7468 §10-11, RFC 5915, RFC 1421 §4.6; OpenSSH PROTOCOL.key; RFC 9580 §6.2; GM/T 0010 (SM2)",
        strip=b"",
        detail="private_key",
    ),
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(Shape(_PUTTY, 0.98, 0.98, "", "", trigger=_PUTTY_START, width=_KEY_BYTES + 1024),),
        source="PuTTY User Manual, appendix C: PPK file format",
        strip=b"",
        detail="private_key",
    ),
    _key_id(
        "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)",
        "[A-Z2-7]{16}",
        "aws_access_key_id",
        "AWS IAM User Guide, unique identifiers",
    ),
    _key_id("LTAI", "[0-9A-Za-z]{12,20}", "alibaba_access_key_id", "Alibaba Cloud RAM, AccessKey pairs"),
    _key_id("AKID", "[0-9A-Za-z]{32}", "tencent_secret_id", "Tencent Cloud CAM, access keys"),
    PatternDetector(
        entity="CREDENTIAL",
        entity_class=EntityClass.CREDENTIAL,
        shapes=(
            Shape(
                rf"eyJ{_SEGMENT}{{8,2048}}[.]eyJ{_SEGMENT}{{4,8192}}[.]{_SEGMENT}{{0,2048}}",
                0.95,
                0.95,
                before="",
                after="",
                trigger=rf"eyJ{_SEGMENT}{{8,}}[.]eyJ{_SEGMENT}{{4,}}[.]",
                width=12_500,
            ),
        ),
        source="RFC 7519; RFC 7515 §3.1",
        check=checks.jwt,
        strip=b"",
        detail="jwt",
    ),
    _key_id("AIza", "[0-9A-Za-z_-]{35}", "google_api_key", "Google Cloud, API keys", checks_secret.key),
    _key_id("gh[pousr]_", "[0-9A-Za-z]{36,76}", "github_token", "GitHub, token formats", checks_secret.key),
    _key_id(
        "github_pat_", "[0-9A-Za-z]{22}_[0-9A-Za-z]{59}", "github_token", "GitHub, token formats", checks_secret.key
    ),
    _key_id("glpat-", "[0-9A-Za-z_-]{20,50}", "gitlab_token", "GitLab, token prefixes", checks_secret.key),
    _key_id("xox[abeoprs]-", "[0-9A-Za-z-]{20,120}", "slack_token", "Slack, token types", checks_secret.key),
    _key_id("[rs]k_live_", "[0-9A-Za-z]{16,120}", "stripe_key", "Stripe, API keys", checks_secret.key),
    _key_id(
        "sk-",
        "(?:proj-|ant-[a-z0-9]{2,8}-|or-v1-)?[0-9A-Za-z_-]{32,130}",
        "model_api_key",
        "OpenAI, Anthropic, DeepSeek, Moonshot: API keys",
        checks_secret.key,
    ),
    _key_id(
        "(?:npm_|hf_|dop_v1_|pypi-AgEI|SG[.])",
        "[0-9A-Za-z_.-]{30,150}",
        "service_token",
        "npm, Hugging Face, DigitalOcean, PyPI, SendGrid: tokens",
        checks_secret.key,
    ),
    _secret(
        "webhook",
        (
            Shape(
                r"(?:qyapi[.]weixin[.]qq[.]com/cgi-bin/webhook/send\?key=[0-9a-f-]{36}|oapi[.]dingtalk[.]com/robot/send\?access_token=[0-9a-f]{64}"
                r"|open[.](?:feishu[.]cn|larksuite[.]com)/open-apis/bot/v2/hook/[0-9a-f-]{36}|hooks[.]slack[.]com/services/T[0-9A-Z]{8,12}/B[0-9A-Z]{8,12}/[0-9A-Za-z]{24})",
                0.9,
                0.9,
                "",
                "(?![0-9A-Za-z])",
                width=160,
            ),
        ),
        "WeCom, DingTalk, Feishu and Slack: incoming webhooks",
        checks_secret.key,
    ),
    _labelled("alibaba_access_key_secret", "alibaba_secret", "[0-9A-Za-z]{30}", "Alibaba Cloud RAM, AccessKey pairs"),
    _labelled("tencent_secret_key", "tencent_secret", "[0-9A-Za-z]{32}", "Tencent Cloud CAM, access keys"),
    _labelled("wechat_pay_key", "wechat_pay_key", "[0-9A-Za-z]{32}", "WeChat Pay, APIv3 key"),
    _labelled("aws_secret_access_key", "aws_secret", "[0-9A-Za-z/+]{40}", "AWS IAM User Guide, access keys"),
    _labelled("huawei_access_key", "huawei_ak", "[0-9A-Z]{20}", "Huawei Cloud IAM, access keys (AK)"),
    _labelled("huawei_secret_key", "huawei_sk", "[0-9A-Za-z]{40}", "Huawei Cloud IAM, access keys (SK)"),
    _labelled(
        "secret",
        "secret",
        "[0-9A-Za-z_+/=.~-]{16,128}",
        "RFC 6749 §2.3.1, §5.1; common API keys",
        0.65,
        checks_secret.token,
        _MIXED,
    ),
    _secret(
        "database_url",
        (
            Shape(
                r"\b(?:jdbc:)?(?:mysql|mariadb|postgres(?:ql)?|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|ldaps?|s?ftp|smb|https?)"
                r"(?:\+[a-z0-9]{2,20})?://[^\s:/?#\[\]@\"'<>]{0,64}:[^\s/?#@\"'<>]{3,128}@[0-9A-Za-z.-]{1,253}",
                0.85,
                0.85,
                "(?<![0-9A-Za-z])",
                "",
                trigger=r"://[^\s:/?#\[\]@\"'<>]{0,64}:[^\s/?#@\"'<>]{3,128}@[0-9A-Za-z]",
                width=520,
            ),
            Shape(
                r"\bjdbc:[a-z]{3,12}:[!-~]{4,200}?[?&;]password=([^\s&;\"'<>]{4,80})",
                0.85,
                0.85,
                "",
                "",
                trigger=r"\bjdbc:[a-z]{3,12}:[!-~]{4,200}[?&;]password=[^\s&;\"'<>]{4}",
                width=320,
            ),
        ),
        "RFC 3986 §3.2.1 (user information); JDBC connection strings",
        checks_secret.address,
    ),
    _secret(
        "password",
        tuple(_passwords(0.7)),
        "GB/T 45574-2025 Annex A (account and password); JR/T 0171-2020 C3",
        checks_secret.strong_password,
    ),
    _secret(
        "password",
        (
            Shape(
                r"[!#-&(-+.-:=?-~]{8,64}",  # a cell of a table or a value of a statement
                0,
                0.7,
                r"(?<=[,'\"\t|>;])",
                r"(?=[,'\"\t|<;\r\n]|\Z)",
                trigger=rf"[,'\"\t|>;](?:{_SIGN}{{1,20}}[0-9]|[0-9]{{1,12}}{_SIGN})",
                width=64,
                common=True,
            ),
        ),
        "GB/T 45574-2025 Annex A (account and password)",
        checks_secret.strong_password,
        "password",
    ),
    _secret(
        "password",
        tuple(_passwords(0.4)),
        "GB/T 45574-2025 Annex A (account and password)",
        checks_secret.weak_password,
    ),
)
