"""What every platform promises the core when something goes wrong, asked of each adapter."""

from __future__ import annotations

import time

import pytest

from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved
from orchestrator.ports import Address, Edit, Post, Remove
from tests.adapters.acts import send
from tests.adapters.rig import TOO_FAST_SECONDS, Rig

# --- when it goes wrong


def test_a_lost_reply_is_unknown_and_nothing_is_sent_twice(rig: Rig) -> None:
    rig.breaks("lost reply")
    with pytest.raises(DeliveryUnknown):
        send(rig, "une seule fois")
    assert len(rig.posts()) == 1


def test_a_server_error_is_unknown(rig: Rig) -> None:
    rig.breaks("server error")
    with pytest.raises(DeliveryUnknown):
        send(rig, "peut-être")


def test_a_post_is_found_again_by_its_key_where_the_platform_can(rig: Rig) -> None:
    since = time.time_ns() // 1000
    rig.breaks("lost reply")
    with pytest.raises(DeliveryUnknown):
        send(rig, "cherche-moi", key="k-lost")
    send(rig, "un autre", key="k-other")
    found = rig.adapter.find(rig.place, Post("cherche-moi"), "k-lost", since)
    if not rig.adapter.capabilities.reads_back:
        assert found is None
        return
    assert found is not None and [one.message_ref for one in found] == [rig.posts()[0].ref]
    assert rig.adapter.find(rig.place, Post("?"), "k-never", since) == []


def test_a_reply_is_found_again_by_its_key(rig: Rig) -> None:
    if not rig.adapter.capabilities.reads_back:
        assert rig.adapter.find(rig.place, Post("rappel"), "k-reply", 0) is None
        return
    root = send(rig, "Question")
    reply = send(rig, "rappel", under=root.message_ref, key="k-reply")
    found = rig.adapter.find(rig.place, Post("rappel", under=root.message_ref), "k-reply", 0)
    assert found is not None and [one.message_ref for one in found] == [reply.message_ref]


def test_no_connection_is_surely_not_sent(rig: Rig) -> None:
    rig.breaks("away")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "jamais")
    assert not failed.value.permanent


def test_too_fast_tells_how_long_to_wait(rig: Rig) -> None:
    rig.breaks("too fast")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "trop vite")
    assert (failed.value.retry_after, failed.value.permanent) == (TOO_FAST_SECONDS, False)
    assert rig.posts() == []
    send(rig, "à l'heure")
    assert len(rig.posts()) == 1


def test_a_place_without_us_is_refused_for_good_with_a_mend(rig: Rig) -> None:
    rig.breaks("not in place")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "personne")
    assert failed.value.permanent and failed.value.gone and failed.value.what and failed.value.mend
    rig.mends()
    send(rig, "de retour")
    assert len(rig.posts()) == 1


def test_a_member_who_cannot_be_written_to_is_told_apart(rig: Rig) -> None:
    rig.breaks("unreachable member")
    with pytest.raises(DeliveryFailed) as failed:
        rig.adapter.send(Address(member_ref=rig.ana), Post("coucou"), "k1")
    assert failed.value.permanent


def test_a_token_that_is_gone_is_refused_for_good(rig: Rig) -> None:
    rig.breaks("token gone")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "qui suis-je")
    assert failed.value.permanent and failed.value.mend


def test_a_moved_place_names_its_new_reference(rig: Rig) -> None:
    if not rig.can_move:
        return  # places keep their reference there
    new_ref = rig.moves()
    with pytest.raises(PlaceMoved) as moved:
        send(rig, "où êtes-vous ?")
    assert moved.value.new_ref == new_ref


def test_an_act_on_a_message_that_is_gone_is_refused(rig: Rig) -> None:
    post = send(rig, "bientôt parti")
    rig.adapter.send(rig.place, Remove(str(post.message_ref)), "k2")
    with pytest.raises(DeliveryFailed) as failed:
        rig.adapter.send(rig.place, Edit(str(post.message_ref), "trop tard"), "k3")
    assert failed.value.permanent


# --- doctor


def test_a_healthy_connection_has_no_findings(rig: Rig) -> None:
    assert rig.adapter.check([rig.place]) == []


def test_a_lost_token_is_a_finding_with_a_mend(rig: Rig) -> None:
    if rig.platform == "rehearsal":
        assert rig.adapter.check([rig.place]) == []  # a rehearsal has no token to lose
        return
    rig.breaks("token gone")
    findings = rig.adapter.check([rig.place])
    assert findings and all(finding.what and finding.mend for finding in findings)
