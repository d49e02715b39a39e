"""What a client is told when its message, or the answer to it, does not pass. Pure.

One table of reasons; `Accept` chooses between a page in three scripts and `application/problem+json` (RFC 9457).
Field names in `part` come from the message, so they are reduced to safe names and escaped.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from proxy.core.message import Headers, Verdict
from proxy.core.traces import Group, group

RETRY_AFTER = 5
"""Seconds after which an overloaded gate may be asked again."""
MAX_LISTED = 20
"""Findings an answer lists one by one."""


class Reason(StrEnum):
    """Why a client gets our answer instead of the server's."""

    POLICY = "policy"
    LAW = "law"
    OVERSIZE = "oversize"
    BUSY = "busy"
    FAILURE = "failure"
    HOST = "host"
    MALFORMED = "malformed"
    UPGRADE = "upgrade"
    SIGN_IN = "sign-in"
    CLIENT_CERTIFICATE = "client-certificate"
    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad-answer"
    LATE = "late"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Words:
    """Status, title and what to do, in English, simplified and traditional Chinese."""

    status: int
    title: str
    detail: str
    hans: str
    hant: str


WORDS: dict[Reason, Words] = {
    Reason.POLICY: Words(
        403,
        "Blocked by the data export policy",
        "The message holds data that may not leave. Remove it, or ask the owner of the policy, giving the incident id.",
        "该内容含有不得出境的数据，已被拦截。请删除相关数据后重试，或凭事件编号联系策略负责人。",
        "該內容含有不得出境的資料，已被攔截。請刪除相關資料後重試，或憑事件編號聯絡策略負責人。",
    ),
    Reason.LAW: Words(
        451,
        "Barred from leaving by law",
        "The law bars this data from leaving. Do not send it again; tell your data protection officer the incident id.",
        "法律禁止该数据出境，已被拦截。请勿再次发送，并将事件编号告知贵单位的数据安全负责人。",
        "法律禁止該資料出境，已被攔截。請勿再次傳送，並將事件編號告知貴單位的資料保安負責人。",
    ),
    Reason.OVERSIZE: Words(
        413,
        "Too large to be inspected",
        "The body is larger than the gate inspects, and the policy lets nothing pass unread. Send it in smaller parts.",
        "内容过大，无法检查，依策略不予放行。请分成较小的部分发送。",
        "內容過大，無法檢查，依策略不予放行。請分成較小的部分傳送。",
    ),
    Reason.BUSY: Words(
        503,
        "The gate is busy",
        "Too much is being inspected at the moment. Try again in a few seconds.",
        "网关繁忙，请稍后重试。",
        "閘道繁忙，請稍後再試。",
    ),
    Reason.FAILURE: Words(
        503,
        "The gate could not inspect or record this message",
        "Nothing passes uninspected or unrecorded. Try again later; if it persists, give the operator the incident id.",
        "网关无法检查或记录该内容，故不予放行。请稍后重试；如仍失败，请将事件编号告知管理员。",
        "閘道無法檢查或記錄該內容，故不予放行。請稍後再試；如仍失敗，請將事件編號告知管理員。",
    ),
    Reason.HOST: Words(
        403,
        "The Host header names another host",
        "The request goes to one host and names another in its Host header or in TLS. Name the host you connect to.",
        "请求所连接的主机与其 Host 标头或 TLS 所称主机不一致，已被拦截。",
        "請求所連接的主機與其 Host 標頭或 TLS 所稱主機不一致，已被攔截。",
    ),
    Reason.MALFORMED: Words(
        400,
        "Malformed message",
        "The message can be read in more than one way, so it is not passed on. Send valid HTTP.",
        "消息格式有歧义或不合规，不予转发。",
        "訊息格式有歧義或不合規，不予轉發。",
    ),
    Reason.UPGRADE: Words(
        403,
        "Protocol not allowed",
        "The gate cannot inspect this protocol, and the policy lets nothing uninspected pass. Use plain HTTP requests.",
        "网关无法检查该协议，依策略不予放行。",
        "閘道無法檢查該協定，依策略不予放行。",
    ),
    Reason.SIGN_IN: Words(
        407,
        "Sign in to the gate",
        "The gate must know who sends. Give the name and password you have for this proxy; they are not those of the "
        "site. If they are refused, ask the gate's operator.",
        "请使用代理账号登录网关（并非目标网站的账号）；如被拒绝，请联系管理员。",
        "請使用代理帳號登入閘道（並非目標網站的帳號）；如被拒絕，請聯絡管理員。",
    ),
    Reason.CLIENT_CERTIFICATE: Words(
        403,
        "Show the gate a certificate",
        "The gate must know who sends. Connect to it by TLS (an HTTPS proxy) with the client certificate you have "
        "for it. If you have none, ask the gate's operator.",
        "请通过 TLS（HTTPS 代理）并出示客户端证书连接网关；如无证书，请联系管理员。",
        "請透過 TLS（HTTPS 代理）並出示用戶端憑證連接閘道；如無憑證，請聯絡管理員。",
    ),
    Reason.CERTIFICATE: Words(
        502,
        "The server's certificate is not trusted",
        "The server did not prove who it is: its certificate is expired, self-signed, for another name, or from an "
        "authority the gate does not trust. Correct it, or have the gate's operator trust that authority.",
        "服务器证书不受信任（过期、自签、名称不符或签发机构未受信任），故未发送任何数据。",
        "伺服器憑證不受信任（過期、自簽、名稱不符或簽發機構未受信任），故未傳送任何資料。",
    ),
    Reason.UNREACHABLE: Words(
        502,
        "The server cannot be reached",
        "The gate could not connect to the server. Check its name and port, and whether it is running.",
        "网关无法连接服务器，请检查主机名、端口及服务状态。",
        "閘道無法連接伺服器，請檢查主機名稱、連接埠及服務狀態。",
    ),
    Reason.BAD_ANSWER: Words(
        502,
        "The server's answer is not valid",
        "The server broke off or sent something that is not valid HTTP, so its answer is not passed on.",
        "服务器中断或返回了无效的 HTTP 应答，未予转发。",
        "伺服器中斷或傳回了無效的 HTTP 回應，未予轉發。",
    ),
    Reason.LATE: Words(
        504,
        "The server does not answer",
        "The server did not answer in time, and the gate waits no longer. Try again later, or ask whoever runs it.",
        "服务器未在规定时间内应答，网关不再等待。请稍后重试，或联系该服务器的管理者。",
        "伺服器未在規定時間內回應，閘道不再等待。請稍後再試，或聯絡該伺服器的管理者。",
    ),
    Reason.SLOW: Words(
        408,
        "The request did not arrive in time",
        "The request came too slowly to be inspected. Send it again over a faster connection, or in smaller parts.",
        "请求传输过慢，未能在规定时间内完整到达。请换用更快的网络，或分成较小的部分发送。",
        "請求傳輸過慢，未能在規定時間內完整到達。請改用較快的網絡，或分成較小的部分傳送。",
    ),
}

_NO_STORE = (b"Cache-Control", b"no-store")
_CSP = (
    b"Content-Security-Policy",
    b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
)
_CHALLENGE = (b"Proxy-Authenticate", b'Basic realm="gba-egress", charset="UTF-8"')  # RFC 7617
_NO_SNIFF = (b"X-Content-Type-Options", b"nosniff")
_GRPC = b"application/grpc"
_GRPC_WEB = frozenset(_GRPC + form + codec for form in (b"-web", b"-web-text") for codec in (b"", b"+proto", b"+json"))
_GRPC_STATUS = {503: 14, 413: 8, 502: 14, 400: 3, 407: 16, 504: 4, 408: 4}


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer. A body without bytes means there is none."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)


def for_verdict(verdict: Verdict, default: Reason = Reason.POLICY) -> Reason:
    """The reason a blocking verdict gives: a legal bar outranks every other."""
    return Reason.LAW if any(rule.law for rule in verdict.rules) else default


def answer(
    reason: Reason, incident: str, verdict: Verdict | None, request_headers: Headers, *, head: bool = False
) -> Answer:
    """The answer a client gets, in the form its `Accept` and `Content-Type` ask for; `head` leaves the body out."""
    words = WORDS[reason]
    rules = _blocking_rules(verdict)
    common = [_NO_STORE, (b"Egress-Incident", incident.encode())]
    if rules:
        common.append((b"Egress-Rule", ", ".join(rules).encode()))
    if words.status == 503:
        common.append((b"Retry-After", str(RETRY_AFTER).encode()))
    declared = _header(request_headers, b"content-type").partition(b";")[0].strip()
    if declared.startswith(_GRPC):
        return _grpc(words, incident, common, declared if declared in _GRPC_WEB else _GRPC)
    if words.status == 407:
        common.append(_CHALLENGE)
    groups = group(verdict.findings, MAX_LISTED) if verdict else ()
    if _wants_page(_header(request_headers, b"accept")):
        kind, body = b"text/html; charset=utf-8", _page(words, incident, rules, groups)
        common += [_CSP, _NO_SNIFF]
    else:
        kind, body = b"application/problem+json", _problem(reason, words, incident, rules, groups)
    common += [(b"Content-Type", kind), (b"Content-Length", str(len(body)).encode())]
    return Answer(words.status, tuple(common), b"" if head else body)


def _blocking_rules(verdict: Verdict | None) -> list[str]:
    """Ids of the rules that made it so: those with the verdict's own action, or all when none has it."""
    if verdict is None:
        return []
    enforced = [rule for rule in verdict.rules if rule.mode == "enforce"]
    decisive = [rule.id for rule in enforced if rule.action is verdict.action]
    return list(dict.fromkeys(decisive or [rule.id for rule in enforced]))


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value.lower() for key, value in headers if key.lower() == name), b"")


def _wants_page(accept: bytes) -> bool:
    """Browsers put text/html first; an API client that merely tolerates it (`*/*`) gets JSON."""
    kinds = [kind.partition(b";")[0].strip() for kind in accept.split(b",")]
    return b"text/html" in kinds and not (
        b"application/problem+json" in kinds and kinds.index(b"application/problem+json") < kinds.index(b"text/html")
    )


def _grpc(words: Words, incident: str, common: list[tuple[bytes, bytes]], kind: bytes) -> Answer:
    """A trailers-only response (gRPC over HTTP/2): status 7 PERMISSION_DENIED for a block."""
    status = _GRPC_STATUS.get(words.status, 7)
    message = f"{words.title}; incident {incident}".encode()
    headers = ((b"content-type", kind), (b"grpc-status", b"%d" % status), (b"grpc-message", message))
    return Answer(200, (*headers, *((name.lower(), value) for name, value in common)), b"")


def _problem(reason: Reason, words: Words, incident: str, rules: list[str], groups: tuple[Group, ...]) -> bytes:
    return orjson.dumps(
        {
            "type": f"urn:gba-egress:problem:{reason.value}",
            "title": words.title,
            "status": words.status,
            "detail": words.detail,
            "incident": incident,
            "rules": rules,
            "findings": [{"entity": g.entity, "count": g.count, "part": g.part} for g in groups],
        }
    )


_PAGE = """<!DOCTYPE html>
<html lang="zh-Hant"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font-family:sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;line-height:1.6}}
code{{background:#eee;padding:.1rem .3rem}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0}}</style></head>
<body><h1>{status} {title}</h1>
<p lang="zh-Hant">{hant}</p>
<p lang="zh-Hans">{hans}</p>
<p lang="en">{detail}</p>
<p>事件編號 / 事件编号 / Incident: <code>{incident}</code></p>
{rules}{findings}
</body></html>
"""


def _page(words: Words, incident: str, rules: list[str], groups: tuple[Group, ...]) -> bytes:
    listed = ", ".join(html.escape(rule) for rule in rules)
    rows = "".join(
        f"<tr><td>{html.escape(g.entity)}</td><td>{g.count}</td><td>{html.escape(g.part)}</td></tr>" for g in groups
    )
    head = "<tr><th>類別 / 类别 / Entity</th><th>數目 / 数目 / Count</th><th>位置 / 位置 / Place</th></tr>"
    return _PAGE.format(
        title=html.escape(words.title),
        status=words.status,
        hant=html.escape(words.hant),
        hans=html.escape(words.hans),
        detail=html.escape(words.detail),
        incident=html.escape(incident),
        rules=f"<p>規則 / 规则 / Rule: <code>{listed}</code></p>" if rules else "",
        findings=f"<table>{head}{rows}</table>" if rows else "",
    ).encode()
