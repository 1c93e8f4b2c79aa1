// SPDX-License-Identifier: GPL-3.0-or-later
//
// A job type for Flamenco 3, Blender's render farm: an animation that is repainted so that strokes stick to things.
// Put this file into the "scripts" folder of Flamenco Manager. Workers need the add-on, with its engine, in their
// Blender, and the folder of the frames has to be shared.
//
// Frames are rendered by all workers; one paints the keys, each of which goes on from the one before; then all make
// the frames between, which meet to the last bit whoever makes them; the last task makes the movie and tidies up.

const JOB_TYPE = {
    label: "Neural Style Transfer: animation",
    description: "Render an animation and repaint it in the style of a painting",
    settings: [
        { key: "frames", type: "string", required: true,
          eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          evalInfo: { showLinkButton: true, description: "Scene frame range" },
          description: "First and last frame, as in 1-250" },
        { key: "chunk_size", type: "int32", default: 12,
          description: "Frames in a task; as many as from key to key, or a multiple" },
        { key: "style", type: "string", subtype: "file_path", required: true,
          description: "The painting, where all workers find it" },
        { key: "output", type: "string", subtype: "file_path", required: true,
          description: "The painted frames, # standing for digits, as in //painted/shot_####.png" },
        { key: "movie", type: "string", subtype: "file_path", required: false,
          description: "A movie of all frames, as in //shot.mp4; empty for none" },
        { key: "quality", type: "string", default: "standard", choices: ["draft", "standard", "best"],
          description: "Effort" },
        { key: "strength", type: "float", default: 0.7, description: "From 0, the render, to 1, style alone" },
        { key: "every", type: "int32", default: 12, description: "Frames from one that is painted to the next" },
        { key: "boil", type: "float", default: 0.0,
          description: "From 0, strokes stick to things, to 1, they are drawn anew all the time" },
        { key: "options", type: "string", required: false,
          description: "Further options of nst animation, as in --part paint --outlines 1" },
        { key: "blendfile", type: "string", required: true, visible: "web",
          description: "The .blend file" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const [first, last] = ends(settings.frames);
    const chunks = frameChunker(`${first}-${last}`, settings.chunk_size).map(ends);
    const renders = chunks.map(([from, to]) =>
        task(job, `render-${from}-${to}`, [], ["--first", `${from}`, "--last", `${to}`, "--render-only"]));
    const whole = ["--first", `${first}`, "--last", `${last}`];
    const keys = task(job, "keys", renders, [...whole, "--only", "keys"]);
    const frames = chunks.map(([from, to]) =>
        task(job, `paint-${from}-${to}`, [keys], [...whole, "--only", `${from}-${to}`]));
    const movie = settings.movie ? ["--movie", settings.movie] : [];
    task(job, "finish", frames, [...whole, ...movie]);
}

// The first and the last frame of "12-34", or of "12".
function ends(frames) {
    const found = /^(-?\d+)(?:-(-?\d+))?$/.exec(frames.trim());
    if (!found) {
        throw `frames must be one range, as in 1-250, not ${frames}`;
    }
    return [parseInt(found[1]), parseInt(found[2] || found[1])];
}

// A task that runs the add-on's command after others.
function task(job, name, after, words) {
    const settings = job.settings;
    const made = author.Task(name, "blender");
    const more = settings.options ? settings.options.split(/\s+/).filter((word) => word) : [];
    made.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: [
            "-b", settings.blendfile, "--command", "nst", "animation",
            "--style", settings.style, "-o", settings.output,
            "--quality", settings.quality, "--strength", `${settings.strength}`,
            "--every", `${settings.every}`, "--boil", `${settings.boil}`,
            ...words, ...more,
        ],
    }));
    for (const other of after) {
        made.addDependency(other);
    }
    job.addTask(made);
    return made;
}
