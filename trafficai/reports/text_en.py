"""The report in English."""

from __future__ import annotations

from trafficai.reports.numbers import NumberStyle
from trafficai.reports.texts import Texts

ENGLISH = Texts(
    lang="en",
    numbers=NumberStyle(decimal="."),
    title="Signal control compared: {scenario}",
    product="trafficai report",
    summary="{agents} agents · {engines} · {seeds} seeds · {vehicles} vehicles scheduled · {period}",
    span="{low} to {high}",
    skip="Skip to the finding",
    finding="Finding",
    finding_lower=(
        "{place}, {agent} lowers {measure} by {percent} against {baseline} (95 % interval {low} to {high}), "
        "from {before} to {after}."
    ),
    finding_higher=(
        "{place}, {agent} raises {measure} by {percent} against {baseline} (95 % interval {low} to {high}), "
        "from {before} to {after}."
    ),
    finding_unclear=(
        "{place}, {agent} cannot be told from {baseline} in {measure}: {percent} (95 % interval {low} to {high}) is "
        "not significant, from {before} to {after}."
    ),
    finding_single=(
        "{place}, {agent} changed {measure} by {percent} against {baseline} in the one run made, from {before} to "
        "{after}; one seed has no interval, so this may be chance."
    ),
    finding_none_better="No agent has less mean delay than {baseline}; the nearest is {agent}.",
    finding_alone="Only {agent} was run, so there is nothing to compare it with.",
    finding_nothing="No run has been finished, so there is nothing to report yet.",
    finding_pairs="The figures rest on {n} runs per agent and engine, each with the same traffic for every agent.",
    finding_corrected=(
        "Significant, or beyond chance, is what stays so when all {tests} comparisons are considered (Holm's "
        "correction, 5 %); each interval is for one comparison alone."
    ),
    finding_agree="Both engines agree on the direction of both changes.",
    finding_disagree="The engines disagree; rely on neither figure until the reason is known.",
    incomplete="Incomplete: {done} of {planned} runs were finished. The figures below cover only these.",
    single_seed="One seed only: no interval can be given, and no difference can be told from chance.",
    signal_monitor="Signal monitor: {seconds} signal-seconds, {faults} faults.",
    invalid_runs="Not valid, since a signal showed what it must not, and left out of all means: {runs}.",
    warm_up="Warm-up: {vehicles} vehicles, scheduled in the first {seconds} s, are in no figure.",
    gridlocked=(
        "Gridlocked, with fewer than 90 % of the arrivals of the best run with the same seed, and counted all the "
        "same: {runs}."
    ),
    beyond_chance="beyond chance",
    not_beyond_chance="not beyond chance",
    from_to="from {before} to {after}",
    interval="95 % interval",
    interval_of="95 % interval {low} to {high}",
    no_interval="no interval",
    charts="The measures side by side",
    chart_delay="Mean delay per vehicle",
    chart_co2="Total CO₂",
    chart_delay_change="Change of delay against {baseline}",
    chart_co2_change="Change of CO₂ against {baseline}",
    axis_delay="seconds per vehicle, less is better",
    axis_co2="kilograms, all vehicles together, less is better",
    axis_change="per cent of the mean of {baseline}, left of zero is better",
    chart_note="Bars are means over seeds, whiskers their 95 % intervals.",
    change_note=(
        "Differences paired by seed with their 95 % intervals. A mark is filled where the difference is beyond "
        "chance, all comparisons considered, else hollow."
    ),
    means="Means",
    means_caption="Mean over seeds ± half the 95 % interval",
    differences="Paired differences",
    differences_caption="Difference from {baseline} with the same seed, mean over seeds; negative is less",
    models="CO₂ by model",
    models_caption=(
        "The same driving, reckoned by several emission models: the sum of {baseline}, and the change of the others "
        "against it, paired by seed, with its 95 % interval. By share of the vehicles: {classes}"
    ),
    counts="Vehicles",
    counts_caption="Mean number of vehicles per run: scheduled = arrived + still driving + waiting to enter",
    runs="Every single run",
    runs_caption="One row per run, nothing averaged",
    runs_too_many="There are {n} runs; the JSON file has them all.",
    agent="Agent",
    engine="Engine",
    seed="Seed",
    num_seeds="Seeds",
    measure="Measure",
    difference="Difference",
    change="Change",
    verdict="Verdict",
    notes="What was left out or assumed",
    no_notes="Everything in the scenario's files is simulated; nothing was left out.",
    reading="How far this goes",
    caveats=(
        "The traffic model has not been calibrated against counts or travel times of this place.",
        "Fixed time is the program that came with the network. It need not be what a traffic engineer would design or "
        "what runs on the street today, so beating it is the least an agent must do.",
        "A percentage of CO₂ depends on the emission model: in a test on another network the same change of control "
        "saved between 11 % and 25 %, depending on the model alone. Read the sign and the order first.",
        "Pedestrians, bicycles and public transport are counted only where the scenario contains them; see the notes.",
        "This is a study at the desk. It is not a release for operation on the street.",
    ),
    definitions="What the measures mean",
    provenance="Where the figures come from",
    unknown="not recorded",
    provenance_labels={
        "scenario": "Scenario",
        "sha256": "SHA-256 of its files and period",
        "period": "Simulated period",
        "agents": "Agents",
        "baseline": "Held against",
        "seeds": "Seeds",
        "engines": "Engines",
        "trafficai": "trafficai",
        "sumo": "SUMO",
        "python": "Python",
        "numpy": "NumPy",
        "numba": "Numba",
        "command": "Command",
        "created": "Made",
    },
    agents={
        "fixed-time": "Fixed time",
        "max-pressure": "Max pressure",
        "max-wave": "Max wave",
        "actuated": "Actuated",
        "random": "Random",
        "ppo": "PPO",
    },
    engines={"numba": "trafficai core", "sumo": "SUMO"},
    places={"numba": "In the trafficai core", "sumo": "In SUMO"},
    metrics={
        "loaded": "Scheduled",
        "inserted": "Inserted",
        "arrived": "Arrived",
        "running": "Still driving",
        "waiting_to_enter": "Waiting to enter",
        "delay_s": "Delay [s]",
        "time_loss_s": "Time loss [s]",
        "depart_delay_s": "Depart delay [s]",
        "waiting_time_s": "Waiting time [s]",
        "duration_s": "Travel time [s]",
        "stops": "Stops",
        "speed_m_s": "Speed [m/s]",
        "route_length_m": "Distance [m]",
        "co2_kg": "CO₂ [kg]",
        "fuel_kg": "Fuel [kg]",
        "nox_kg": "NOₓ [kg]",
        "engine_co2_kg": "CO₂ by SUMO [kg]",
        "engine_fuel_kg": "Fuel by SUMO [kg]",
        "engine_nox_kg": "NOₓ by SUMO [kg]",
        "pmx_g": "PMₓ [g]",
        "electricity_kwh": "Electricity [kWh]",
        "engine_pmx_g": "PMₓ by SUMO [g]",
        "engine_electricity_kwh": "Electricity by SUMO [kWh]",
        "co2_hbefa3_kg": "CO₂ by HBEFA3 [kg]",
        "co2_vt_micro_kg": "CO₂ by VT-Micro [kg]",
        "teleports": "Teleports",
    },
    measures={"delay_s": "mean delay", "co2_kg": "total CO₂", "stops": "the number of stops"},
    units={"delay_s": "s per vehicle", "co2_kg": "kg", "stops": "per vehicle"},
    metric_definitions={
        "delay_s": "Time loss plus depart delay, mean over every scheduled vehicle, also one that never got in.",
        "time_loss_s": "Time lost by driving slower than wished, mean over inserted vehicles, unfinished ones too.",
        "depart_delay_s": "Wait before a vehicle could enter; one that never did counts up to the end of the period.",
        "waiting_time_s": "Time at 0.1 m/s or less, mean over inserted vehicles.",
        "stops": "How often a vehicle came to a stop, mean over inserted vehicles.",
        "speed_m_s": "Distance driven over time driven, mean over inserted vehicles.",
        "co2_kg": (
            "All vehicles together, by the HBEFA formula of their emission class (SUMO's default car: petrol Euro 4), "
            "the same function in both engines."
        ),
        "engine_co2_kg": "SUMO's own figure for the same run, as a check.",
        "engine_fuel_kg": "SUMO's own figure for the same run, as a check.",
        "engine_nox_kg": "SUMO's own figure for the same run, as a check.",
        "fuel_kg": "All vehicles together, by the same formula.",
        "nox_kg": (
            "Nitrogen oxides of all vehicles together, by the HBEFA formula of their emission class; for screening, "
            "since SUMO's fit to HBEFA is up to 59 % off."
        ),
        "pmx_g": "Particles, those of tyres, brakes and road included; for screening, as with nitrogen oxides.",
        "electricity_kwh": "Drawn from the batteries of electric vehicles, less what braking gave back.",
        "engine_pmx_g": "SUMO's own figure for the same run, as a check.",
        "engine_electricity_kwh": "SUMO's own figure for the same run, as a check.",
        "co2_hbefa3_kg": "The same driving by the HBEFA3 class of the same kind of vehicle, fuel and Euro norm.",
        "co2_vt_micro_kg": (
            "The same driving by VT-Micro (Ahn, Rakha, Trani, Van Aerde 2002; American cars of the 1990s) in cars and "
            "vans, other vehicles by their own class."
        ),
        "teleports": "Vehicles that the engine moved on because they were stuck; 0 unless the scenario allows it.",
    },
)
