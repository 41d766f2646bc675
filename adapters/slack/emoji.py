"""The emoji we react with or may meet in answers: Slack's names and Unicode."""

from __future__ import annotations

# Slack's names are those of iamcal/emoji-data (https://docs.slack.dev/reference/methods/reactions.add/).
# Here: what Telegram allows as reactions, and what people commonly use in talk. Others keep their :name:.
_PAIRS = """
+1 👍|-1 👎|heart ❤️|fire 🔥|smiling_face_with_3_hearts 🥰|clap 👏|grin 😁|thinking_face 🤔|exploding_head 🤯
scream 😱|face_with_symbols_on_mouth 🤬|cry 😢|tada 🎉|star-struck 🤩|face_vomiting 🤮|hankey 💩|pray 🙏
ok_hand 👌|dove_of_peace 🕊️|clown_face 🤡|yawning_face 🥱|woozy_face 🥴|heart_eyes 😍|whale 🐳|mending_heart ❤️‍🩹
heart_on_fire ❤️‍🔥|new_moon_with_face 🌚|hotdog 🌭|100 💯|rolling_on_the_floor_laughing 🤣|zap ⚡|banana 🍌|trophy 🏆
broken_heart 💔|face_with_raised_eyebrow 🤨|neutral_face 😐|strawberry 🍓|champagne 🍾|kiss 💋|smiling_imp 😈
sleeping 😴|sob 😭|nerd_face 🤓|ghost 👻|male-technologist 👨‍💻|eyes 👀|jack_o_lantern 🎃|see_no_evil 🙈
innocent 😇|fearful 😨|handshake 🤝|writing_hand ✍️|hugging_face 🤗|saluting_face 🫡|santa 🎅|christmas_tree 🎄
snowman ☃️|nail_care 💅|zany_face 🤪|moyai 🗿|cool 🆒|cupid 💘|hear_no_evil 🙉|unicorn_face 🦄|kissing_heart 😘
pill 💊|speak_no_evil 🙊|sunglasses 😎|space_invader 👾|man-shrugging 🤷‍♂️|shrug 🤷|woman-shrugging 🤷‍♀️|rage 😡
white_check_mark ✅|heavy_check_mark ✔️|x ❌|wave 👋|raised_hands 🙌|muscle 💪|point_up ☝️|point_right 👉
point_down 👇|rocket 🚀|bulb 💡|star ⭐|star2 🌟|sparkles ✨|bell 🔔|memo 📝|speech_balloon 💬|question ❓
exclamation ❗|warning ⚠️|hourglass_flowing_sand ⏳|alarm_clock ⏰|calendar 📆|date 📅|smile 😄|smiley 😃|grinning 😀
blush 😊|slightly_smiling_face 🙂|wink 😉|joy 😂|laughing 😆|sweat_smile 😅|upside_down_face 🙃|yum 😋|relieved 😌
disappointed 😞|confused 😕|weary 😩|flushed 😳|partying_face 🥳|pleading_face 🥺|sneezing_face 🤧|hot_face 🥵
sunny ☀️|rainbow 🌈|coffee ☕|tea 🍵|beer 🍺|beers 🍻|pizza 🍕|cake 🍰|birthday 🎂|gift 🎁|seedling 🌱|deciduous_tree 🌳
sunflower 🌻|rose 🌹|four_leaf_clover 🍀|heart_hands 🫶|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜
black_heart 🖤|orange_heart 🧡|two_hearts 💕|sparkling_heart 💖|ballot_box_with_ballot ☑️|inbox_tray 📥|books 📚|dart 🎯
"""

UNICODE = dict(pair.split(" ") for pair in _PAIRS.strip().replace("\n", "|").split("|"))
UNICODE |= {"thumbsup": "👍", "thumbsdown": "👎", "unicorn": "🦄", "satisfied": "😆", "poop": "💩", "hugs": "🤗"}
_NAMES = {emoji.replace("\ufe0f", ""): name for name, emoji in reversed(UNICODE.items())}


def slack_name(emoji: str) -> str | None:
    """Slack's name of one Unicode emoji (a variation selector or its absence does not matter)."""
    return _NAMES.get(emoji.replace("\ufe0f", ""))
