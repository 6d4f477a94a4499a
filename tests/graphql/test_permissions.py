import strawberry
from strawberry import Schema

from navswap.auth.roles import OPERATORS, Role
from navswap.graphql.permissions import public, roles, signed_in


@strawberry.type
class Query:
    @strawberry.field(description="All may.", extensions=public())
    def open(self) -> int:
        return 1

    @strawberry.field(description="Some may.", extensions=roles(*OPERATORS))
    def guarded(self) -> int | None:
        return 1

    @strawberry.field(description="Users may.", extensions=signed_in())
    def own(self) -> int | None:
        return 1


def test_the_roles_of_a_field_are_printed_for_programs_and_for_persons() -> None:
    for printed in (str(Schema(query=Query)), str(Schema(query=Query))):
        assert "\n  guarded: Int @roles(any: [ADMIN, STAFF])\n" in printed
        assert "Roles: ADMIN, STAFF." in printed
        assert "\n  open: Int!\n" in printed
        assert f"\n  own: Int @roles(any: [{', '.join(sorted(Role))}])\n" in printed
        assert "directive @roles(any: [Role!]!) on FIELD_DEFINITION" in printed
