"""Messages made by Google's own runtime, without generated code."""

from __future__ import annotations

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_KINDS = descriptor_pb2.FieldDescriptorProto
_FIELDS = (
    ("name", 1, _KINDS.TYPE_STRING, 1),
    ("note", 2, _KINDS.TYPE_STRING, 1),
    ("number", 3, _KINDS.TYPE_INT64, 1),
    ("fixed", 4, _KINDS.TYPE_FIXED64, 1),
    ("raw", 5, _KINDS.TYPE_BYTES, 1),
    ("real", 6, _KINDS.TYPE_DOUBLE, 1),
    ("numbers", 7, _KINDS.TYPE_INT64, 3),
    ("friends", 8, _KINDS.TYPE_MESSAGE, 3),
    ("notes", 9, _KINDS.TYPE_STRING, 3),
    ("single", 10, _KINDS.TYPE_FLOAT, 1),
    ("best", 300, _KINDS.TYPE_MESSAGE, 1),
    ("reals", 301, _KINDS.TYPE_DOUBLE, 3),
)


def _made():
    file = descriptor_pb2.FileDescriptorProto(name="people.proto", package="people", syntax="proto3")
    person = file.message_type.add(name="Person")
    for name, number, kind, label in _FIELDS:
        typed = ".people.Person" if kind == _KINDS.TYPE_MESSAGE else None
        person.field.add(name=name, number=number, type=kind, label=label, type_name=typed)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("people.Person"))


Person = _made()
