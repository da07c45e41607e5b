"""Words of English and French: how they are folded, which carry no meaning, and their stems."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ENGLISH = """
a about actually all already also am an and any are as at be been beginning being but by can could currently
d did do does done each end ever exactly find following for from get give given got had has have here how i
if in into is it its just kindly know let like list ll looking m me moment my myself need now of on one only
or our out please present re really s see show so some start still t tell than thanks that the their them
then there these they this those to today too up us very want was we were what when where which while who
whom whose will with would yet you your
"""
_FRENCH = """
a actuellement afficher ai aimerais ainsi alors as au aujourd aux avec avez avoir beaucoup bien c ca ce cela
ces cet cette ceux chaque comme comment concretement d dans de debut deja depuis des dire dites donne donner
donnez dont du elle elles en encore entre est et etaient etait ete etes eu eux exactement faisaient fait
faut fin ici il ils j jamais je l la laquelle le lequel les lesquelles lesquels leur leurs lieu liste lister
lui m ma maintenant mais me merci mes moi moment montre montrer n ne nous on ont ou par peut peux plus pour
pourrais pourriez pouvez precisement qu quand que quel quelle quelles quels qui s sa savoir se ses seulement
si sont souhaite souhaiterais sous sur svp t te tous tout toute toutes tres trouve trouver tu un une veux
voici voir vos votre voudrais vous vraiment y
"""
# Words that say nothing of what is asked.
FUNCTION_WORDS = {"en": frozenset(_ENGLISH.split()), "fr": frozenset(_FRENCH.split())}
_OF_BOTH = FUNCTION_WORDS["en"] & FUNCTION_WORDS["fr"]
_ALL = FUNCTION_WORDS["en"] | FUNCTION_WORDS["fr"]

# Endings of plurals, verbs and derived words, and of the adjectives that are made from names.
_ENDINGS = """
aient ais ait al ale ales ant ante antes ants ation ations aux e ed ee ees el elle elles els ement ements
ent ents er ers es eur eurs euse ez ication ications ie ied iee iees ies ifie ified ifiee ifiees ifier ifies
ify ing ings ion ions isation ise ised isee isees isent ises ition itions ization ize ized izes ly ment
ments s y
"""
_ADJECTIVES = frozenset("an ean ian n ese nese lian ish ais aise ien ienne en enne ain aine is ine".split())  # noqa: SIM905
_LONGEST_FIRST = sorted(_ENDINGS.split(), key=len, reverse=True)
_SHORTEST_STEM = 4
# Words that people use for each other. A word that is not here has the meaning of its stem.
_SAME = """
not no non nor never without pas sans jamais aucun aucune don didn doesn hasn haven isn aren wasn weren won
lacking missing manquant; country countries nation nations land pays; number count total amount quantity
many much combien nombre nombres numbers counts; new newest latest recent recently last youngest nouveau
nouveaux nouvelle nouvelles dernier derniers derniere dernieres recents recente recentes; old age ancien
ancienne ages vieux vieille; join joined joining joins accede acceded accedes enter entered entering entry
adhere adherer adherent adherents rejoindre rejoint rejoints entrer entre; leave left leaves withdraw
withdrew withdrawal quit exit depart quitter quitte partir parti partis retrait sorti; treaty treaties
convention conventions traite traites; compare compared comparing comparison versus vs contrast contrasted
comparer comparez compares comparaison contre difference differences differ differs different; common shared
share sharing same both mutual commun communs commune communes partage partagent partager memes meme
ensemble; head boss bosses chief leader leaders leadership leads lead runs run heads chef chefs dirigeant
dirigeants dirige diriger tete patron; chair chairs chaired chairman chairperson chairwoman president
presidents presidente preside presides presidence; host hosts hosted hosting accueille accueillir
accueillent accueillait heberge hebergent heberger hebergeait hote hotes; where location located situated
place city situe situee situes lieu trouve ville; history historical chronicle chronology timeline past
histoire historique chronique chronologie chronologique; task tasks role roles function functions job jobs
duty duties responsibility responsibilities mandate tache taches fonction fonctions mandat responsabilite
responsabilites attribution attributions; purpose aim aims goal goals why reason exist exists pourquoi but
buts finalite finalites raison objectif objectifs objective objectives; edition editions version versions
release releases; update updated updates revision revised amendment amendments amended amend amendement
amendements revise reviser actualise actualisation; disagree disagreement disagreements contradict
contradiction contradictions contradictory conflict conflicts conflicting inconsistent inconsistency
inconsistencies discrepancy discrepancies contredire contredisent contradictoire contradictoires conflit
conflits divergence divergences divergent desaccord incoherence incoherences; complete full entire
exhaustive completeness complet complets completes exhaustif completude exhaustivite integral; founder
founders founding founded charter original originally fondateur fondateurs fondatrice origine; growth grow
grew grown increase increased statistics statistic trend evolution development gained gain croissance
augmentation augmente progression statistique statistiques tendance grandi gagne; size big large biggest
largest taille grand grande grandes; bound bind binds binding obligation obligations committed commitment
commitments oblige engagement engagements lie lies liee liees lient liant; dog dogs sniffer canine chien
chiens canin canins cynophile; mean means meaning meant stand stands definition define explain explanation
signifie signifier signification veut definir expliquer expliquez explique; find search look lookup locate
chercher cherche rechercher recherche; data information info informations infos donnees donnee; contact
coordonnees telephone phone email; document documents publication publications; laboratory laboratories lab
labs laboratoire laboratoires
"""


def is_function_word(word: str) -> bool:
    """Return whether a folded word says nothing of what is asked.

    >>> is_function_word("the"), is_function_word("aux"), is_function_word("members")
    (True, True, False)
    """
    return word in _ALL


def stem(word: str) -> str:
    """Return a folded word without its ending, or a word of the same meaning.

    Forms of a word become the same, and so do some words that people use for each other, in either language.

    >>> [stem(word) for word in ("ratified", "ratification", "members", "was", "nations", "pays")]
    ['ratif', 'ratif', 'memb', 'was', 'country', 'country']
    """
    if same := _CANONICAL.get(word):
        return same
    root = _stem(word)
    return _CANONICAL.get(root, root)


def _stem(word: str) -> str:
    for ending in _LONGEST_FIRST:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word[:-1] if word.endswith("s") and len(word) == _SHORTEST_STEM else word


_GROUPS = [group.split() for group in _SAME.split(";")]
_CANONICAL = {
    _stem(word): group[0] for group in _GROUPS for word in group if len(_stem(word)) > _SHORTEST_STEM
}
_CANONICAL |= {word: group[0] for group in _GROUPS for word in group}


def is_plural(word: str, name: str) -> bool:
    """Return whether a folded word is a name, or its plural.

    >>> is_plural("laboratories", "laboratory"), is_plural("ratified", "ratification")
    (True, False)
    """
    one = word[:-3] + "y" if word.endswith("ies") else word.rstrip("sx")
    return name in (word, one) or name.rstrip("sx") == one


def is_adjective_of(word: str, name: str) -> bool:
    """Return whether a folded word is made from a name by one of the usual endings.

    >>> is_adjective_of("african", "africa"), is_adjective_of("europeens", "europe")
    (True, True)
    """
    roots = [root for root in (name, name[:-1]) if word.startswith(root) and len(name) >= 4]
    rests = [word[len(root) :] for root in roots]
    return any(
        rest in _ADJECTIVES or (rest[-1:] in ("s", "e") and rest.rstrip("es") in _ADJECTIVES)
        for rest in rests
    )


def letters(text: str) -> tuple[str, list[int]]:
    """Return a text in small letters without accents, and where each character comes from.

    >>> letters("Où?")
    ('ou?', [0, 1, 2])
    """
    found, origin = [], []
    for at, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", "i" if character == "ı" else character).casefold():
            if not unicodedata.combining(part):
                found.append("'" if part in "’ʼ`´" else part)
                origin.append(at)
    return "".join(found), origin


def language(words: Sequence[str]) -> str:
    """Return "en" or "fr" by the function words; an empty string if they do not tell.

    >>> language(["quels", "pays"]), language(["which", "countries"]), language(["members"])
    ('fr', 'en', '')
    """
    english, french = (
        sum(word in FUNCTION_WORDS[one] and word not in _OF_BOTH for word in words) for one in ("en", "fr")
    )
    return "" if english == french else ("en" if english > french else "fr")
