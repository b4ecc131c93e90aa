"""Der Bericht auf Deutsch."""

from __future__ import annotations

from trafficai.reports.numbers import NumberStyle
from trafficai.reports.texts import Texts

GERMAN = Texts(
    lang="de",
    numbers=NumberStyle(decimal=","),
    title="Signalsteuerungen im Vergleich: {scenario}",
    product="trafficai-Bericht",
    summary="{agents} Steuerungen · {engines} · {seeds} Startwerte · {vehicles} Fahrzeuge geplant · {period}",
    span="{low} bis {high}",
    skip="Zum Ergebnis",
    finding="Ergebnis",
    finding_lower=(
        "{place} senkt {agent} {measure} gegenüber {baseline} um {percent} (95-%-Intervall {low} bis {high}), "
        "von {before} auf {after}."
    ),
    finding_higher=(
        "{place} erhöht {agent} {measure} gegenüber {baseline} um {percent} (95-%-Intervall {low} bis {high}), "
        "von {before} auf {after}."
    ),
    finding_unclear=(
        "{place} unterscheidet sich {agent} von {baseline} nicht signifikant, was {measure} angeht: {percent} "
        "(95-%-Intervall {low} bis {high}), von {before} auf {after}."
    ),
    finding_single=(
        "{place} verändert {agent} {measure} gegenüber {baseline} in dem einen Lauf um {percent}, von {before} auf "
        "{after}; ein einziger Startwert hat kein Intervall, das kann Zufall sein."
    ),
    finding_none_better="Keine Steuerung hat weniger mittlere Verlustzeit als {baseline}; am nächsten kommt {agent}.",
    finding_alone="Es lief nur {agent}; es gibt nichts zu vergleichen.",
    finding_nothing="Noch ist kein Lauf fertig; es gibt nichts zu berichten.",
    finding_pairs="Die Werte beruhen auf {n} Läufen je Steuerung und Simulator, je mit demselben Verkehr für alle.",
    finding_corrected=(
        "Signifikant oder gesichert heißt, was es auch bei {tests} Vergleichen zugleich noch ist (Korrektur nach Holm, "
        "5 %); jedes Intervall gilt für einen Vergleich allein."
    ),
    finding_agree="Beide Simulatoren sind sich über die Richtung beider Änderungen einig.",
    finding_disagree="Die Simulatoren widersprechen sich; keinem der Werte ist zu trauen, bis der Grund bekannt ist.",
    incomplete="Unvollständig: {done} von {planned} Läufen sind fertig. Die Werte gelten nur für diese.",
    single_seed="Nur ein Startwert: Es gibt kein Intervall, und kein Unterschied ist vom Zufall zu trennen.",
    signal_monitor="Signalüberwachung: {seconds} Signalsekunden, {faults} Fehler.",
    invalid_runs="Ungültig, weil ein Signal Unzulässiges zeigte, und in keinem Mittelwert enthalten: {runs}.",
    warm_up="Vorlauf: {vehicles} Fahrzeuge, geplant in den ersten {seconds} s, sind in keinem Wert enthalten.",
    gridlocked=(
        "Stillstand, mit weniger als 90 % der Ankünfte des besten Laufs mit demselben Startwert, und doch mitgezählt: "
        "{runs}."
    ),
    beyond_chance="gesichert",
    not_beyond_chance="nicht gesichert",
    from_to="von {before} auf {after}",
    interval="95-%-Intervall",
    interval_of="95-%-Intervall {low} bis {high}",
    no_interval="kein Intervall",
    charts="Die Messgrößen nebeneinander",
    chart_delay="Mittlere Verlustzeit je Fahrzeug",
    chart_co2="CO₂ insgesamt",
    chart_delay_change="Änderung der Verlustzeit gegenüber {baseline}",
    chart_co2_change="Änderung des CO₂ gegenüber {baseline}",
    axis_delay="Sekunden je Fahrzeug, weniger ist besser",
    axis_co2="Kilogramm, alle Fahrzeuge zusammen, weniger ist besser",
    axis_change="Prozent vom Mittel von {baseline}, links von null ist besser",
    chart_note="Balken sind Mittel über die Startwerte, Striche ihre 95-%-Intervalle.",
    change_note=(
        "Unterschiede je Startwert gepaart, mit 95-%-Intervall. Ein Zeichen ist gefüllt, wo der Unterschied, alle "
        "Vergleiche bedacht, gesichert ist, sonst hohl."
    ),
    means="Mittelwerte",
    means_caption="Mittel über die Startwerte ± halbes 95-%-Intervall",
    differences="Gepaarte Unterschiede",
    differences_caption="Unterschied zu {baseline} bei gleichem Startwert, im Mittel; negativ ist weniger",
    models="CO₂ nach Modell",
    models_caption=(
        "Dieselben Fahrten nach mehreren Emissionsmodellen: die Summe von {baseline} und die Änderung der anderen "
        "dagegen, gepaart nach Startwert, mit 95-%-Intervall. Nach Anteil der Fahrzeuge: {classes}"
    ),
    counts="Fahrzeuge",
    counts_caption="Mittlere Zahl der Fahrzeuge je Lauf: geplant = angekommen + unterwegs + wartet auf Einfahrt",
    runs="Jeder einzelne Lauf",
    runs_caption="Eine Zeile je Lauf, nichts gemittelt",
    runs_too_many="Es sind {n} Läufe; die JSON-Datei enthält sie alle.",
    agent="Steuerung",
    engine="Simulator",
    seed="Startwert",
    num_seeds="Startwerte",
    measure="Messgröße",
    difference="Unterschied",
    change="Änderung",
    verdict="Befund",
    notes="Was weggelassen oder angenommen wurde",
    no_notes="Alles in den Dateien des Szenarios wird simuliert; nichts wurde weggelassen.",
    reading="Wie weit das trägt",
    caveats=(
        "Das Verkehrsmodell ist nicht an Zählungen oder Reisezeiten dieses Ortes kalibriert.",
        "Die Festzeitsteuerung ist das Programm, das mit dem Netz kam. Es muss nicht das sein, was eine Fachplanung "
        "entwirft oder was heute auf der Straße läuft; es zu schlagen ist das Mindeste.",
        "Ein Prozentwert beim CO₂ hängt vom Emissionsmodell ab: In einem Versuch auf einem anderen Netz sparte "
        "dieselbe Änderung der Steuerung je nach Modell zwischen 11 % und 25 %. Zuerst zählen Vorzeichen und "
        "Reihenfolge.",
        "Fuß-, Rad- und öffentlicher Verkehr zählen nur, wo das Szenario sie enthält; siehe die Anmerkungen.",
        "Dies ist eine Studie am Schreibtisch und keine Freigabe für den Betrieb auf der Straße.",
    ),
    definitions="Was die Messgrößen bedeuten",
    provenance="Woher die Werte kommen",
    unknown="nicht festgehalten",
    provenance_labels={
        "scenario": "Szenario",
        "sha256": "SHA-256 über Dateien und Zeitraum",
        "period": "Simulierter Zeitraum",
        "agents": "Steuerungen",
        "baseline": "Verglichen mit",
        "seeds": "Startwerte",
        "engines": "Simulatoren",
        "trafficai": "trafficai",
        "sumo": "SUMO",
        "python": "Python",
        "numpy": "NumPy",
        "numba": "Numba",
        "command": "Befehl",
        "created": "Erstellt",
    },
    agents={
        "fixed-time": "Festzeit",
        "max-pressure": "Max Pressure",
        "max-wave": "Max Wave",
        "actuated": "Verkehrsabhängig",
        "random": "Zufall",
        "ppo": "PPO",
    },
    engines={"numba": "trafficai-Kern", "sumo": "SUMO"},
    places={"numba": "Im trafficai-Kern", "sumo": "In SUMO"},
    metrics={
        "loaded": "Geplant",
        "inserted": "Eingefahren",
        "arrived": "Angekommen",
        "running": "Unterwegs",
        "waiting_to_enter": "Wartet auf Einfahrt",
        "delay_s": "Verlustzeit mit Einfahrt [s]",
        "time_loss_s": "Verlustzeit in Fahrt [s]",
        "depart_delay_s": "Verspätete Einfahrt [s]",
        "waiting_time_s": "Wartezeit [s]",
        "duration_s": "Reisezeit [s]",
        "stops": "Halte",
        "speed_m_s": "Geschwindigkeit [m/s]",
        "route_length_m": "Strecke [m]",
        "co2_kg": "CO₂ [kg]",
        "fuel_kg": "Kraftstoff [kg]",
        "nox_kg": "NOₓ [kg]",
        "engine_co2_kg": "CO₂ nach SUMO [kg]",
        "engine_fuel_kg": "Kraftstoff nach SUMO [kg]",
        "engine_nox_kg": "NOₓ nach SUMO [kg]",
        "pmx_g": "PMₓ [g]",
        "electricity_kwh": "Strom [kWh]",
        "engine_pmx_g": "PMₓ nach SUMO [g]",
        "engine_electricity_kwh": "Strom nach SUMO [kWh]",
        "co2_hbefa3_kg": "CO₂ nach HBEFA3 [kg]",
        "co2_vt_micro_kg": "CO₂ nach VT-Micro [kg]",
        "teleports": "Teleports",
    },
    measures={"delay_s": "die mittlere Verlustzeit", "co2_kg": "das gesamte CO₂", "stops": "die Zahl der Halte"},
    units={"delay_s": "s je Fahrzeug", "co2_kg": "kg", "stops": "je Fahrzeug"},
    metric_definitions={
        "delay_s": "Verlustzeit in Fahrt plus verspätete Einfahrt, Mittel über alle geplanten Fahrzeuge, auch solche, "
        "die nie einfuhren.",
        "time_loss_s": "Durch langsameres Fahren als gewünscht verlorene Zeit, Mittel über eingefahrene Fahrzeuge.",
        "depart_delay_s": "Warten vor der Einfahrt; wer nie einfuhr, zählt bis zum Ende des Zeitraums.",
        "waiting_time_s": "Zeit mit höchstens 0,1 m/s, Mittel über eingefahrene Fahrzeuge.",
        "stops": "Wie oft ein Fahrzeug zum Stehen kam, Mittel über eingefahrene Fahrzeuge.",
        "speed_m_s": "Gefahrene Strecke durch Fahrzeit, Mittel über eingefahrene Fahrzeuge.",
        "co2_kg": (
            "Alle Fahrzeuge zusammen, nach der HBEFA-Formel ihrer Emissionsklasse (SUMOs Standard-Pkw: Benzin, Euro "
            "4), dieselbe Funktion in beiden Simulatoren."
        ),
        "engine_co2_kg": "SUMOs eigener Wert für denselben Lauf, zur Kontrolle.",
        "engine_fuel_kg": "SUMOs eigener Wert für denselben Lauf, zur Kontrolle.",
        "engine_nox_kg": "SUMOs eigener Wert für denselben Lauf, zur Kontrolle.",
        "fuel_kg": "Alle Fahrzeuge zusammen, nach derselben Formel.",
        "nox_kg": (
            "Stickoxide aller Fahrzeuge zusammen, nach der HBEFA-Formel ihrer Emissionsklasse; nur zur groben "
            "Abschätzung, da SUMOs Anpassung an HBEFA um bis zu 59 % abweicht."
        ),
        "pmx_g": "Partikel mit dem Abrieb von Reifen, Bremsen und Straße; nur zur groben Abschätzung wie Stickoxide.",
        "electricity_kwh": "Aus Batterien elektrischer Fahrzeuge entnommen, abzüglich dessen, was Bremsen zurückgab.",
        "engine_pmx_g": "SUMOs eigener Wert für denselben Lauf, zur Kontrolle.",
        "engine_electricity_kwh": "SUMOs eigener Wert für denselben Lauf, zur Kontrolle.",
        "co2_hbefa3_kg": "Dieselben Fahrten nach der HBEFA3-Klasse mit gleicher Fahrzeugart, Kraftstoff und Euro-Norm.",
        "co2_vt_micro_kg": (
            "Dieselben Fahrten nach VT-Micro (Ahn, Rakha, Trani, Van Aerde 2002; amerikanische Pkw der 1990er) bei Pkw "
            "und Transportern, andere Fahrzeuge nach ihrer eigenen Klasse."
        ),
        "teleports": "Festgesteckte Fahrzeuge, die der Simulator versetzte; 0, wo das Szenario es nicht erlaubt.",
    },
)
